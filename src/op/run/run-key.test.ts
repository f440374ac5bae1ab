import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { RunMount, RunOp } from '../../graph/op.ts'
import { keyOf } from '../../solve/key.ts'
import { runKey } from './run-key.ts'

const op: Required<RunOp> = {
  kind: 'run',
  args: ['/bin/sh', '-c', 'make'],
  env: [['A', '1']],
  argNames: ['A'],
  cwd: '/',
  user: '',
  hostname: 'h',
  network: 'default',
  security: 'sandbox',
  mounts: [],
  platform: { os: 'linux', architecture: 'amd64' },
  extraHosts: ['db:10.0.0.1'],
  ulimits: ['nofile=1'],
  devices: [{ name: 'v/c=1', required: true }],
  shmSize: 1,
  script: { path: '/s', text: 'make' },
  epoch: 1,
}

interface Other<T> {
  readonly to: T
  /** True if the process may do something else. */
  readonly counts: boolean
}

/** Another value of each part; tsc finds a part that is missing. */
const others: { readonly [K in Exclude<keyof RunOp, 'kind'>]: readonly Other<RunOp[K]>[] } = {
  args: [
    { to: ['/bin/sh', '-c', 'make '], counts: true },
    { to: ['/bin/sh', '-c make'], counts: true },
  ],
  env: [
    { to: [['A', '2']], counts: true },
    { to: [['A1', '']], counts: true },
    { to: [], counts: true },
  ],
  argNames: [{ to: [], counts: false }],
  cwd: [{ to: '/app', counts: true }],
  user: [{ to: 'root', counts: true }],
  hostname: [{ to: 'i', counts: true }],
  network: [{ to: 'none', counts: true }],
  security: [{ to: 'insecure', counts: true }],
  mounts: [{ to: [{ type: 'tmpfs', target: '/t', readonly: false }], counts: true }],
  platform: [{ to: { os: 'linux', architecture: 'arm64' }, counts: true }],
  extraHosts: [
    { to: ['db:10.0.0.2'], counts: false },
    { to: ['cache:10.0.0.1'], counts: true },
  ],
  ulimits: [{ to: ['nofile=2'], counts: true }],
  devices: [
    { to: [{ name: 'v/c=2', required: true }], counts: true },
    { to: [{ name: 'v/c=1', required: false }], counts: true },
  ],
  shmSize: [{ to: 2, counts: true }],
  script: [{ to: { path: '/s', text: 'make ' }, counts: true }],
  epoch: [{ to: 2, counts: true }],
}

const changes = Object.entries(others).flatMap(([name, list]) => list.map(({ to, counts }) => ({ name, to, counts })))
const keyFor = (change: Partial<RunOp>): string => keyOf('run', runKey({ ...op, ...change }))

test('a part counts if and only if the process may do something else', () => {
  fc.assert(
    fc.property(fc.subarray(changes), (chosen) => {
      const parts = new Map(chosen.map((change) => [change.name, change]))
      const changed = keyFor(Object.fromEntries([...parts].map(([name, { to }]) => [name, to])))
      expect(changed !== keyFor({})).toBe([...parts.values()].some(({ counts }) => counts))
    }),
  )
})

test('different changes of one part have different keys', () => {
  for (const { name } of changes) {
    const values = changes.filter((change) => change.name === name && change.counts)
    expect(new Set(values.map(({ to }) => keyFor({ [name]: to }))).size).toBe(values.length)
  }
})

const bind = { type: 'bind', target: '/m', input: 1, source: '/a', readonly: true } as const
const cache: Extract<RunMount, { type: 'cache' }> = {
  type: 'cache',
  target: '/m',
  id: 'npm',
  sharing: 'shared',
  source: '/',
  readonly: false,
  mode: 0o755,
  uid: 0,
  gid: 0,
}
const seeded = { ...cache, input: 1 }
const secret = { type: 'secret', id: 's', target: '/s', required: true, mode: 0o400, uid: 0, gid: 0 } as const
const ssh = { ...secret, type: 'ssh', id: 'default' } as const
const tmpfs = { type: 'tmpfs', target: '/t', size: 1, mode: 0o755, readonly: false } as const

test.for<[what: string, before: RunMount, after: RunMount, counts: boolean]>([
  ['source of a bind mount', bind, { ...bind, source: '/b' }, true],
  ['stage of a bind mount', bind, { ...bind, input: 2 }, true],
  ['target of a bind mount', bind, { ...bind, target: '/n' }, true],
  ['writing to a bind mount', bind, { ...bind, readonly: false }, true],
  ['a bind mount that is a cache', bind, seeded, true],
  ['target of a cache', cache, { ...cache, target: '/n' }, true],
  [
    'id, sharing, mode and owner of a cache',
    cache,
    { ...cache, id: 'go', sharing: 'locked', mode: 0, uid: 1, gid: 1 },
    false,
  ],
  ['first content of a cache', seeded, { ...seeded, source: '/b' }, true],
  ['a cache with first content', cache, seeded, true],
  ['id of a secret', secret, { ...secret, id: 't' }, true],
  ['mode of a secret', secret, { ...secret, mode: 0o444 }, true],
  ['variable of a secret', secret, { ...secret, env: 'S' }, true],
  ['target of an agent', ssh, { ...ssh, target: '/t' }, true],
  ['size of a tmpfs', tmpfs, { ...tmpfs, size: 2 }, true],
])('%s', ([, before, after, counts]) => {
  expect(keyFor({ mounts: [before] }) !== keyFor({ mounts: [after] })).toBe(counts)
})
