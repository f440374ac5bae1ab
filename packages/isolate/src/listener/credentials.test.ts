import { expect, test } from 'vitest'
import {
  CredentialTable,
  type Credentials,
  type ProcessReader,
  rootCredentials,
  setAll,
  setEach,
  setRealEffective,
  unchanged,
  withUser,
} from './credentials.ts'

const app = { real: 1, effective: 2, saved: 3 }

test.for([
  ['setuid as root changes all', setAll(app, 9, true), { real: 9, effective: 9, saved: 9 }],
  ['setuid to the real id', setAll(app, 1, false), { real: 1, effective: 1, saved: 3 }],
  ['setuid to the saved id', setAll(app, 3, false), { real: 1, effective: 3, saved: 3 }],
  ['setuid to another id', setAll(app, 9, false), -1],
  ['setreuid swaps', setRealEffective(app, [2, 1], false), { real: 2, effective: 1, saved: 1 }],
  [
    'setreuid of the effective id to the saved one',
    setRealEffective(app, [unchanged, 3], false),
    { real: 1, effective: 3, saved: 3 },
  ],
  ['setreuid of the real id to the saved one', setRealEffective(app, [3, unchanged], false), -1],
  [
    'setreuid to the real id keeps the saved one',
    setRealEffective(app, [unchanged, 1], false),
    { real: 1, effective: 1, saved: 3 },
  ],
  ['setresuid among its own', setEach(app, [3, unchanged, 2], false), { real: 3, effective: 2, saved: 2 }],
  ['setresuid to another id', setEach(app, [unchanged, 9, unchanged], false), -1],
  ['setresuid as root', setEach(app, [unchanged, 9, 8], true), { real: 1, effective: 9, saved: 8 }],
] as const)('%s', ([, result, expected]) => {
  expect(result).toEqual(expected)
})

test('capabilities leave with the last id that is 0, unless they are kept', () => {
  const three = (id: number): Credentials['user'] => ({ real: id, effective: id, saved: id })
  expect(withUser(rootCredentials, three(5)).privileged).toBe(false)
  expect(withUser({ ...rootCredentials, keepsCapabilities: true }, three(5)).privileged).toBe(true)
  const lowered = withUser(rootCredentials, { real: 0, effective: 5, saved: 0 })
  expect(lowered.privileged).toBe(false)
  expect(withUser(lowered, three(0)).privileged).toBe(true)
})

/** Processes by id: their parent, and the leader of a thread. */
class Processes implements ProcessReader {
  readonly parents = new Map<number, number>()
  readonly leaders = new Map<number, number>()
  relatives(thread: number): { readonly leader: number; readonly parent: number } | undefined {
    const leader = this.leaders.get(thread) ?? thread
    const parent = this.parents.get(leader)
    return parent === undefined ? undefined : { leader, parent }
  }
  children(leader: number): readonly number[] {
    return [...this.parents].flatMap(([id, parent]) => (parent === leader ? [id] : []))
  }
  exists(leader: number): boolean {
    return this.parents.has(leader)
  }
}

const other = withUser(rootCredentials, { real: 5, effective: 5, saved: 5 })

test('children have what their parent had when they were made', () => {
  const processes = new Processes()
  const table = new CredentialTable(rootCredentials, processes)
  for (const [id, parent] of [
    [1, 0],
    [2, 1],
    [3, 2],
  ] as const)
    processes.parents.set(id, parent)
  table.set(2, other)
  processes.parents.set(4, 2)
  processes.parents.set(5, 4)
  processes.leaders.set(6, 5)
  expect([1, 2, 3, 4, 6].map((id) => table.get(id).user.real)).toEqual([0, 5, 0, 5, 5])
})

test('a process that ends leaves its children what it had', () => {
  const processes = new Processes()
  const table = new CredentialTable(rootCredentials, processes)
  for (const [id, parent] of [
    [1, 0],
    [2, 1],
    [3, 2],
  ] as const)
    processes.parents.set(id, parent)
  table.set(3, other)
  processes.parents.set(4, 3)
  table.end(3)
  processes.parents.delete(3)
  processes.parents.set(4, 1)
  expect(table.get(4).user.real).toBe(5)
})

test('ended processes are forgotten: their ids may be used again', () => {
  const processes = new Processes()
  const table = new CredentialTable(rootCredentials, processes)
  processes.parents.set(1, 0)
  for (let id = 2; id < 5000; id += 1) {
    processes.parents.set(id, 1)
    table.set(id, other)
    processes.parents.delete(id)
  }
  for (let id = 2; id < 3000; id += 1) processes.parents.set(id, 1)
  expect(Array.from({ length: 900 }, (_, index) => table.get(index + 2).user.real)).not.toContain(5)
})

test('processes may descend from each other as often as they want', () => {
  const processes = new Processes()
  const table = new CredentialTable(rootCredentials, processes)
  processes.parents.set(1, 0)
  table.set(1, other)
  for (let id = 2; id < 30_000; id += 1) processes.parents.set(id, id - 1)
  expect(table.get(29_999).user.real).toBe(5)
})
