import { expect } from 'vitest'
import type { RunMount } from '../../graph/op.ts'
import { file, layerOf, test } from '../../layer/testing/store.ts'
import { prepareMounts, type RunResources, withCaches } from './run-mounts.ts'

const owned = { mode: 0o400, uid: 7, gid: 8 }
const secret = { type: 'secret', id: 'key', required: false, ...owned } as const
const cache = {
  type: 'cache',
  target: '/c',
  id: 'npm',
  sharing: 'shared',
  source: '',
  readonly: false,
  ...owned,
} as const
const ssh = { type: 'ssh', id: 'default', target: '/run/agent', required: false, ...owned } as const

function resources(parts: Partial<RunResources> = {}): RunResources {
  return {
    cacheMounts: '/caches',
    openCache: async () => {},
    secret: async () => undefined,
    sshSocket: async () => undefined,
    ...parts,
  }
}
const resolve = (mounts: readonly RunMount[], parts: Partial<RunResources> = {}) =>
  prepareMounts(mounts, [], resources(parts))
const given = (bytes: Uint8Array): Partial<RunResources> => ({
  secret: async (id) => (id === 'key' ? bytes : undefined),
})

test('a secret is a file, a variable, or both', async () => {
  const bytes = Buffer.from('s3cret\n')
  const asFile = { type: 'file', target: '/run/secrets/key', content: bytes, ...owned }
  const target = '/run/secrets/key'
  expect(await resolve([{ ...secret, target }], given(bytes))).toEqual({
    mounts: [asFile],
    env: [],
    claims: new Map(),
    caches: [],
  })
  expect(await resolve([{ ...secret, env: 'KEY' }], given(bytes))).toEqual({
    mounts: [],
    env: [['KEY', 's3cret\n']],
    claims: new Map(),
    caches: [],
  })
  expect(await resolve([{ ...secret, target, env: 'KEY' }], given(bytes))).toMatchObject({
    mounts: [asFile],
    env: [['KEY', 's3cret\n']],
  })
})

test('a missing secret is nothing, an empty variable, or an error', async () => {
  expect(await resolve([{ ...secret, target: '/s' }])).toEqual({ mounts: [], env: [], claims: new Map(), caches: [] })
  expect(await resolve([{ ...secret, env: 'KEY' }])).toMatchObject({ env: [['KEY', '']] })
  await expect(resolve([{ ...secret, required: true }])).rejects.toMatchObject({
    code: 'SECRET_NOT_FOUND',
    message: 'secret key: not found',
  })
})

test('a secret has at most 500 KiB, and its content is in no message', async () => {
  const mount = { ...secret, target: '/s' }
  await expect(resolve([mount], given(Buffer.alloc(500 * 1024, 'x')))).resolves.toMatchObject({
    mounts: [{ type: 'file' }],
  })
  await expect(resolve([mount], given(Buffer.alloc(500 * 1024 + 1, 'x')))).rejects.toMatchObject({
    code: 'SECRET_TOO_LARGE',
    message: expect.not.stringContaining('xxx'),
  })
})

test('an agent is a socket; without one it is nothing, or an error', async () => {
  const found = await resolve([ssh], { sshSocket: async () => '/tmp/agent' })
  expect(found).toMatchObject({ mounts: [{ type: 'socket', source: '/tmp/agent', target: '/run/agent' }], env: [] })
  expect(await resolve([ssh])).toEqual({ mounts: [], env: [], claims: new Map(), caches: [] })
  await expect(resolve([{ ...ssh, required: true }])).rejects.toMatchObject({ code: 'SSH_NOT_FOUND' })
})

test('bind shows an input, tmpfs is what it is', async ({ store }) => {
  const snapshot = [layerOf(store, { f: file('x') })]
  const mounts: RunMount[] = [
    { type: 'bind', target: '/b', input: 1, source: 'd', readonly: true },
    { type: 'tmpfs', target: '/t', size: 5, readonly: true },
  ]
  expect((await prepareMounts(mounts, [[], snapshot], resources())).mounts).toEqual([
    { type: 'snapshot', snapshot, path: 'd', target: '/b', readonly: true },
    { type: 'tmpfs', target: '/t', size: 5, readonly: true },
  ])
})

test('a cache has a directory of its id that cannot be elsewhere, and is claimed unless it is shared', async ({
  directory,
}) => {
  const directoryOf = async (mount: RunMount) => {
    const { mounts, claims } = await resolve([mount], { cacheMounts: directory })
    const [only] = mounts
    return only?.type === 'cache' ? { path: only.directory, claims: [...claims] } : undefined
  }
  const shared = await directoryOf(cache)
  expect(shared?.claims).toEqual([])
  expect(await directoryOf({ ...cache, sharing: 'locked' })).toEqual({
    path: shared?.path,
    claims: [[shared?.path, 'locked']],
  })
  expect((await directoryOf({ ...cache, id: 'other' }))?.path).not.toBe(shared?.path)
  expect((await directoryOf({ ...cache, id: '../../etc' }))?.path).toMatch(new RegExp(`^${directory}/[0-9a-f]+$`))
})

test('a cache with another owner, mode or first content is another cache', async ({ store, directory }) => {
  const inputs = [[], [layerOf(store, { 's/f': file('x') })], [layerOf(store, { 's/f': file('y') })]]
  const pathOf = async (changes: Partial<Extract<RunMount, { type: 'cache' }>>) => {
    const [only] = (await prepareMounts([{ ...cache, ...changes }], inputs, resources({ cacheMounts: directory })))
      .mounts
    return only?.type === 'cache' ? only.directory : ''
  }
  const seeded = { input: 1, source: 's' }
  const different = await Promise.all([
    pathOf({}),
    pathOf({ uid: 9 }),
    pathOf({ mode: 0o755 }),
    pathOf(seeded),
    pathOf({ ...seeded, input: 2 }),
  ])
  expect(new Set(different).size).toBe(different.length)
  expect(await pathOf(seeded)).toBe(await pathOf({ ...seeded, uid: 9 }))
})

test('a private cache takes the first unused directory', async ({ directory }) => {
  const { signal } = new AbortController()
  const resolved = await resolve([{ ...cache, sharing: 'private' }], { cacheMounts: directory })
  const used = (action: (path: string) => Promise<void>): Promise<void> =>
    withCaches(resolved, ([mount]) => action(mount?.type === 'cache' ? mount.directory : ''), signal)
  const paths: string[] = []
  await used(async (first) => {
    await used(async (second) => {
      await used(async (third) => void paths.push(first, second, third))
    })
    await used(async (second) => void paths.push(second))
  })
  const [first] = paths
  expect(paths).toEqual([first, `${first}-2`, `${first}-3`, `${first}-2`])
})

test('two steps that lock the same directories in another order both end, one after the other', async ({
  directory,
}) => {
  const [a, b] = [`${directory}/a`, `${directory}/b`]
  let inside = 0
  const { signal } = new AbortController()
  const step = async (): Promise<number> => {
    const now = (inside += 1)
    await new Promise((done) => setImmediate(done))
    inside -= 1
    return now
  }
  const steps = [[a, b], [b, a], [a], [b]].map((directories) =>
    withCaches({ mounts: [], claims: new Map(directories.map((path) => [path, 'locked'])) }, step, signal),
  )
  expect(await Promise.all(steps)).toEqual([1, 1, 1, 1])
  expect(await withCaches({ mounts: [], claims: new Map() }, async () => 'none', signal)).toBe('none')
})
