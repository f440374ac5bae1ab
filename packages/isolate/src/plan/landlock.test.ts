import { expect, test } from 'vitest'
import { syscallNumber } from '../machine/syscalls.ts'
import { describeLandlock, planLandlock } from './landlock.ts'

const places = [
  { path: '/root', kind: 'directory', access: 'write' },
  { path: '/dev/null', kind: 'file', access: 'write' },
  { path: '/usr', kind: 'directory', access: 'read' },
] as const
const scopes = ['sockets', 'signals'] as const

/** The fields of the ruleset, the rights and descriptor of each rule. */
function decode(abi: number, wall: Parameters<typeof planLandlock>[0] = { places, scopes }): readonly unknown[] {
  return planLandlock(wall, abi, 4).map(({ name, args: [first, second, third] }) => {
    if (name === 'landlock_create_ruleset' && first instanceof Uint8Array) {
      const fields = new DataView(first.buffer)
      return Array.from({ length: Number(second) / 8 }, (_, index) => fields.getBigUint64(8 * index, true).toString(2))
    }
    if (name === 'landlock_add_rule' && Buffer.isBuffer(third))
      return [first, third.readBigUInt64LE().toString(2), third.readInt32LE(8), third.length]
    return name
  })
}

test('rules name their places by the descriptors that the calls open', () => {
  expect(decode(6)).toEqual([
    ['1111111111111111', '0', '11'],
    'openat',
    [4, '1111111111111111', 5, 12],
    'openat',
    [4, '1100000000000111', 6, 12],
    'openat',
    [4, '1101', 7, 12],
    'landlock_restrict_self',
  ])
})

test.each([
  [0, undefined],
  [1, undefined],
  [2, ['11111111111111']],
  [3, ['111111111111111']],
  [4, ['111111111111111']],
  [5, ['1111111111111111']],
  [7, ['1111111111111111', '0', '11']],
])('ABI %d handles its rights, and a file its own', (abi, ruleset) => {
  expect(decode(abi)[0]).toEqual(ruleset)
})

test('scopes alone leave files as they are, and need ABI 6', () => {
  expect(decode(6, { scopes: ['sockets'] })).toEqual([['0', '0', '1'], 'landlock_restrict_self'])
  expect(decode(5, { scopes })).toEqual([])
})

test('the numbers of the calls are the same everywhere', () => {
  const names = ['landlock_create_ruleset', 'landlock_add_rule', 'landlock_restrict_self'] as const
  for (const arch of ['x64', 'arm64'] as const)
    expect(names.map((name) => syscallNumber(name, arch))).toEqual([444, 445, 446])
})

test('people read what a kernel lacks', () => {
  expect([0, 1, 3, 7].map(describeLandlock)).toEqual([
    'missing',
    'ABI 1, unused: it refuses to move files between directories',
    'ABI 3, without scopes for sockets and signals (Linux 6.12)',
    'ABI 7',
  ])
})
