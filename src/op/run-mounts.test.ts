import { symlink } from 'node:fs/promises'
import { expect } from 'vitest'
import type { RunMount } from '../graph/op.ts'
import { file, layerOf, test } from '../layer/test-store.ts'
import { resolveMounts, type RunResources, withDirectories } from './run-mounts.ts'

const owned = { mode: 0o400, uid: 7, gid: 8 }
const secret = { type: 'secret', id: 'key', required: false, ...owned } as const
const cache = { type: 'cache', target: '/c', id: 'npm', sharing: 'shared', source: '', readonly: false, ...owned } as const
const ssh = { type: 'ssh', id: 'default', target: '/run/agent', required: false, ...owned } as const

function resources(parts: Partial<RunResources> = {}): RunResources {
  return { cacheMounts: '/caches', secret: async () => undefined, sshSocket: async () => undefined, ...parts }
}
const resolve = (mounts: readonly RunMount[], parts: Partial<RunResources> = {}) => resolveMounts(mounts, [], resources(parts))
const given = (bytes: Uint8Array): Partial<RunResources> => ({ secret: async (id) => (id === 'key' ? bytes : undefined) })

test('a secret is a file, a variable, or both', async () => {
  const bytes = Buffer.from('s3cret\n')
  const asFile = { type: 'file', target: '/run/secrets/key', content: bytes, ...owned }
  const target = '/run/secrets/key'
  expect(await resolve([{ ...secret, target }], given(bytes))).toEqual({ mounts: [asFile], env: [], locked: [] })
  expect(await resolve([{ ...secret, env: 'KEY' }], given(bytes))).toEqual({ mounts: [], env: [['KEY', 's3cret\n']], locked: [] })
  expect(await resolve([{ ...secret, target, env: 'KEY' }], given(bytes))).toMatchObject({ mounts: [asFile], env: [['KEY', 's3cret\n']] })
})

test('a missing secret is nothing, an empty variable, or an error', async () => {
  expect(await resolve([{ ...secret, target: '/s' }])).toEqual({ mounts: [], env: [], locked: [] })
  expect(await resolve([{ ...secret, env: 'KEY' }])).toMatchObject({ env: [['KEY', '']] })
  await expect(resolve([{ ...secret, required: true }])).rejects.toMatchObject({
    code: 'SECRET_NOT_FOUND',
    message: 'secret key: not found',
  })
})

test('a secret has at most 500 KiB, and its content is in no message', async () => {
  const mount = { ...secret, target: '/s' }
  await expect(resolve([mount], given(Buffer.alloc(500 * 1024, 'x')))).resolves.toMatchObject({ mounts: [{ type: 'file' }] })
  await expect(resolve([mount], given(Buffer.alloc(500 * 1024 + 1, 'x')))).rejects.toMatchObject({
    code: 'SECRET_TOO_LARGE',
    message: expect.not.stringContaining('xxx'),
  })
})

test('an agent is a socket and where to find it; without one nothing, or an error', async () => {
  const found = await resolve([ssh], { sshSocket: async () => '/tmp/agent' })
  expect(found).toMatchObject({
    mounts: [{ type: 'socket', source: '/tmp/agent', target: '/run/agent' }],
    env: [['SSH_AUTH_SOCK', '/run/agent']],
  })
  expect(await resolve([ssh])).toEqual({ mounts: [], env: [], locked: [] })
  await expect(resolve([{ ...ssh, required: true }])).rejects.toMatchObject({ code: 'SSH_NOT_FOUND' })
})

test('bind shows an input, tmpfs is what it is', async ({ store }) => {
  const snapshot = [layerOf(store, { f: file('x') })]
  const mounts: RunMount[] = [
    { type: 'bind', target: '/b', input: 1, source: 'd', readonly: true },
    { type: 'tmpfs', target: '/t', size: 5 },
  ]
  expect((await resolveMounts(mounts, [[], snapshot], resources())).mounts).toEqual([
    { type: 'snapshot', snapshot, path: 'd', target: '/b', readonly: true },
    { type: 'tmpfs', target: '/t', size: 5 },
  ])
})

test('a cache has a directory of its id that cannot be elsewhere, and is locked unless it is shared', async ({ directory }) => {
  const directoryOf = async (mount: RunMount) => {
    const { mounts, locked } = await resolve([mount], { cacheMounts: directory })
    const [only] = mounts
    return only?.type === 'cache' ? { path: only.directory, locked } : undefined
  }
  const shared = await directoryOf(cache)
  expect(shared?.locked).toEqual([])
  expect(await directoryOf({ ...cache, sharing: 'locked' })).toEqual({ path: shared?.path, locked: [shared?.path] })
  expect((await directoryOf({ ...cache, id: 'other' }))?.path).not.toBe(shared?.path)
  expect((await directoryOf({ ...cache, id: '../../etc' }))?.path).toMatch(new RegExp(`^${directory}/[0-9a-f]+$`))
})

test('a private cache takes the first directory nobody uses', async ({ directory }) => {
  const locked = async () => (await resolve([{ ...cache, sharing: 'private' }], { cacheMounts: directory })).locked[0]
  const first = await locked()
  expect(await locked()).toBe(first)
  await symlink('a holder', `${first}.lock`)
  const second = await locked()
  expect(second).toBe(`${first}-2`)
  await symlink('a holder', `${second}.lock`)
  expect(await locked()).toBe(`${first}-3`)
})

test('two steps that lock the same directories in another order both end, one after the other', async ({ directory }) => {
  const [a, b] = [`${directory}/a`, `${directory}/b`]
  let inside = 0
  const { signal } = new AbortController()
  const step = async (): Promise<number> => {
    const now = (inside += 1)
    await new Promise((done) => setImmediate(done))
    inside -= 1
    return now
  }
  const steps = [
    [a, b],
    [b, a],
    [a, a],
    [b, b, a],
  ].map((directories) => withDirectories(directories, step, signal))
  expect(await Promise.all(steps)).toEqual([1, 1, 1, 1])
  expect(await withDirectories([], async () => 'none', signal)).toBe('none')
})
