import { expect, test } from 'vitest'
import { planSeccomp } from './seccomp.ts'

const architecture = { x64: 0xc000003e, arm64: 0xc00000b7, i386: 0x40000003, arm: 0x40000028, riscv64: 0xc00000f3 }

/** The filter as the kernel gets it. */
const filter = planSeccomp().map(({ args }) => {
  const [, , program] = args
  const bytes = typeof program === 'object' && 'words' in program ? program.words[1] : undefined
  if (!(bytes instanceof Uint8Array)) throw new Error('There is no filter')
  return new DataView(bytes.buffer)
})

/** What the kernel does with a call: runs the filter over struct seccomp_data as it would. */
function decide(arch: keyof typeof architecture, number: number, argument = 0): string {
  const [code] = filter
  const data = new Map([
    [0, number],
    [4, architecture[arch]],
    [16, argument],
  ])
  let value = 0
  for (let at = 0; code !== undefined; at += 8) {
    const operand = code.getUint32(at + 4, true)
    const skip = (passed: boolean): number => 8 * code.getUint8(at + (passed ? 2 : 3))
    switch (code.getUint8(at)) {
      case 0x20:
        value = data.get(operand) ?? 0
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
