import { expect, test } from 'vitest'
import { planSeccomp } from './seccomp.ts'

const architecture = { x64: 0xc000003e, arm64: 0xc00000b7, i386: 0x40000003, arm: 0x40000028, riscv64: 0xc00000f3 }

/** The filter as the kernel gets it. */
function filterFor(sockets: 'any' | 'ping'): DataView | undefined {
  const [, , program] = planSeccomp({ sockets })[0]?.args ?? []
  const bytes = typeof program === 'object' && 'words' in program ? program.words[1] : undefined
  return bytes instanceof Uint8Array ? new DataView(bytes.buffer) : undefined
}

const filters = { any: filterFor('any'), ping: filterFor('ping') }

/**
 * Decides about a call as the kernel does: runs the filter over struct seccomp_data as it would.
 */
function decide(
  arch: keyof typeof architecture,
  number: number,
  args: number | readonly number[] = 0,
  sockets: 'any' | 'ping' = 'any',
): string {
  const code = filters[sockets]
  const data = new Map([
    [0, number],
    [4, architecture[arch]],
    ...[args].flat().map((value, index) => [16 + 8 * index, value] as const),
  ])
  let value = 0
  for (let at = 0; code !== undefined; at += 8) {
    const operand = code.getUint32(at + 4, true)
    const skip = (passed: boolean): number => 8 * code.getUint8(at + (passed ? 2 : 3))
    switch (code.getUint8(at)) {
      case 0x20:
        value = data.get(operand) ?? 0
        break
      case 0x54:
        value &= operand
        break
      case 0x15:
        at += skip(value === operand)
        break
      case 0x35:
        at += skip(value >= operand)
        break
      case 0x45:
        at += skip((value & operand) !== 0)
        break
      default:
        return (
          new Map([
            [0x7fff0000, 'allowed'],
            [0x00050001, 'EPERM'],
            [0x00050026, 'ENOSYS'],
          ]).get(operand) ?? 'unknown'
        )
    }
  }
  return 'no filter'
}

test.each([
  [
    'read',
    'allowed',
    [
      ['x64', 0],
      ['arm64', 63],
      ['i386', 3],
      ['arm', 3],
    ],
  ],
  [
    'ptrace',
    'allowed',
    [
      ['x64', 101],
      ['arm64', 117],
      ['i386', 26],
      ['arm', 26],
    ],
  ],
  [
    'unshare',
    'EPERM',
    [
      ['x64', 272],
      ['arm64', 97],
      ['i386', 310],
      ['arm', 337],
    ],
  ],
  [
    'open_by_handle_at',
    'EPERM',
    [
      ['x64', 304],
      ['arm64', 265],
      ['i386', 342],
      ['arm', 371],
    ],
  ],
  [
    'io_uring_setup',
    'EPERM',
    [
      ['x64', 425],
      ['arm64', 425],
      ['i386', 425],
      ['arm', 425],
    ],
  ],
  [
    'clone3',
    'ENOSYS',
    [
      ['x64', 435],
      ['arm64', 435],
      ['i386', 435],
      ['arm', 435],
    ],
  ],
  [
    'the newest known',
    'allowed',
    [
      ['x64', 466],
      ['arm64', 466],
      ['i386', 466],
      ['arm', 466],
    ],
  ],
  [
    'a newer one',
    'ENOSYS',
    [
      ['x64', 467],
      ['arm64', 500],
      ['i386', 1000],
      ['arm', 0xeffff],
    ],
  ],
  ['one of Arm alone', 'allowed', [['arm', 0xf0005]]],
  ['one of x32', 'ENOSYS', [['x64', 0x40000000]]],
  ['anything on another processor', 'EPERM', [['riscv64', 63]]],
] as const)('%s is %s', (_, answer, calls) => {
  expect(calls.map(([arch, number]) => decide(arch, number))).toEqual(calls.map(() => answer))
})

test('clone makes processes and threads, but no namespaces', () => {
  const threads = 0x3d0f00
  const newUser = 0x10000000
  for (const [arch, number] of [
    ['x64', 56],
    ['arm64', 220],
    ['i386', 120],
    ['arm', 120],
  ] as const) {
    expect([decide(arch, number, threads), decide(arch, number, 17), decide(arch, number, newUser | 17)]).toEqual([
      'allowed',
      'allowed',
      'EPERM',
    ])
  }
})

test("sockets are for networks, not for the kernel's crypto and the hypervisor", () => {
  for (const [arch, number] of [
    ['x64', 41],
    ['arm64', 198],
    ['i386', 359],
    ['arm', 281],
  ] as const) {
    expect([1, 2, 10, 16, 17].map((family) => decide(arch, number, family))).toEqual(Array(5).fill('allowed'))
    expect([38, 40].map((family) => decide(arch, number, family))).toEqual(['EPERM', 'EPERM'])
  }
})

test.each([
  ['x64', 41, 54],
  ['arm64', 198, 208],
  ['i386', 359, 366],
  ['arm', 281, 294],
] as const)(
  '%s: in the network of the machine, packet sockets are refused and raw ones are for ping',
  (arch, socket, setsockopt) => {
    const closeOnExec = 0o2000000
    const answers = (calls: readonly (readonly number[])[], sockets: 'any' | 'ping'): ReadonlySet<string> =>
      new Set(calls.map((args) => decide(arch, socket, args, sockets)))
    // Family, type, protocol: TCP, UDP, unix, netlink, ICMP without rights, and ICMP of both
    // versions.
    const allowed = [
      [2, 1, 0],
      [10, 2 | closeOnExec, 17],
      [1, 1, 0],
      [16, 3, 0],
      [2, 2, 1],
      [2, 3, 1],
      [2, 3 | closeOnExec, 1],
      [10, 3, 58],
    ]
    // Packets, also by the type that they had before; raw TCP, UDP, everything, and ICMP of the
    // other version.
    const refused = [
      [17, 3, 0x300],
      [17, 2 | closeOnExec, 0x300],
      [2, 10, 0x300],
      [2, 3, 6],
      [2, 3 | closeOnExec, 17],
      [2, 3, 255],
      [10, 3, 255],
      [10, 3, 1],
    ]
    expect(answers(allowed, 'ping')).toEqual(new Set(['allowed']))
    expect(answers(refused, 'ping')).toEqual(new Set(['EPERM']))
    expect(answers([...allowed, ...refused], 'any')).toEqual(new Set(['allowed']))
    const headers = (level: number, name: number): string => decide(arch, setsockopt, [3, level, name], 'ping')
    expect([headers(0, 3), headers(41, 36), headers(0, 2), headers(1, 3)]).toEqual([
      'EPERM',
      'EPERM',
      'allowed',
      'allowed',
    ])
  },
)

test('sockets whose arguments are in memory are refused with them', () => {
  const [makeSocket, connect] = [1, 3]
  expect([decide('i386', 102, makeSocket, 'ping'), decide('i386', 102, connect, 'ping')]).toEqual(['EPERM', 'allowed'])
  expect(decide('i386', 102, makeSocket, 'any')).toBe('allowed')
})
