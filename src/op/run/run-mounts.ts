import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { withFreeLock, withLock } from '@tsbuild/content'
import { selectionDigest } from '@tsbuild/tree'
import type { RunMount } from '../../graph/op.ts'
import type { Snapshot } from '../../layer/layer.ts'
import { noteDirectoryUse } from '../../layer/disk/note-use.ts'
import { snapshotView } from '../../layer/snapshot-view.ts'
import type { CacheDirectory } from '../../mounts/cache-directory.ts'
import type { RootfsMount } from '../../rootfs/protocol/provider.ts'
import { RunError } from './run-error.ts'

/** Resources for RUN from outside. */
export interface RunResources {
  /** Directory that holds one directory for each cache mount. */
  readonly cacheMounts: string
  /** Fills the directory of a cache mount from elsewhere, if it is new. */
  openCache(cache: CacheDirectory): Promise<void>
  /** Bytes of a secret. Undefined if it was not supplied. */
  secret(id: string): Promise<Uint8Array | undefined>
  /** Path of an agent's socket. Undefined if it was not supplied. */
  sshSocket(id: string): Promise<string | undefined>
}

/**
 * Resolved mounts of a RUN: mounts of the rootfs, more environment, and the cache directories that
 * are not shared.
 */
export interface ResolvedMounts {
  readonly mounts: readonly RootfsMount[]
  readonly env: readonly (readonly [string, string])[]
  readonly claims: ReadonlyMap<string, 'private' | 'locked'>
  readonly caches: readonly CacheDirectory[]
}

interface ResolvedMount {
  readonly mount?: RootfsMount
  readonly env?: readonly [string, string]
  readonly claim?: readonly [string, 'private' | 'locked']
  readonly cache?: CacheDirectory
}

const maximumSecret = 500 * 1024

/**
 * Resolves the mounts of RUN. Rejects with `SECRET_NOT_FOUND` or `SSH_NOT_FOUND` for a missing
 * required one.
 */
export async function prepareMounts(
  mounts: readonly RunMount[],
  inputs: readonly Snapshot[],
  resources: RunResources,
): Promise<ResolvedMounts> {
  const resolved = await Promise.all(mounts.map((mount) => resolveMount(mount, inputs, resources)))
  return {
    mounts: resolved.flatMap(({ mount }) => mount ?? []),
    env: resolved.flatMap(({ env }) => (env ? [env] : [])),
    claims: new Map(resolved.flatMap(({ claim }) => (claim ? [claim] : []))),
    caches: resolved.flatMap(({ cache }) => cache ?? []),
  }
}

/**
 * Runs `action` with the mounts while it holds the claimed caches. It waits for a locked one, in
 * one order everywhere so that two steps cannot wait for each other; instead of a private one in
 * use it takes another directory.
 */
export async function withCaches<T>(
  { mounts, claims }: Pick<ResolvedMounts, 'mounts' | 'claims'>,
  action: (mounts: readonly RootfsMount[]) => Promise<T>,
  signal: AbortSignal,
): Promise<T> {
  const [first, ...rest] = [...claims].sort(([a], [b]) => (a < b ? -1 : 1))
  if (first === undefined) {
    for (const mount of mounts) if (mount.type === 'cache') noteDirectoryUse(mount.directory)
    return action(mounts)
  }
  const [directory, sharing] = first
  const goOn = (lock: string): Promise<T> => {
    const held = lock.slice(0, -lockSuffix.length)
    const replaced = mounts.map((mount) =>
      mount.type === 'cache' && mount.directory === directory ? { ...mount, directory: held } : mount,
    )
    return withCaches({ mounts: replaced, claims: new Map(rest) }, action, signal)
  }
  const lock = directory + lockSuffix
  return sharing === 'locked'
    ? withLock(lock, () => goOn(lock), { signal })
    : withFreeLock(privateLocks(directory), goOn)
}

const lockSuffix = '.lock'

/**
 * Fills the caches among the mounts. A private one that another build holds gets another directory.
 */
export async function openCaches(
  { caches }: Pick<ResolvedMounts, 'caches'>,
  mounts: readonly RootfsMount[],
  { openCache }: Pick<RunResources, 'openCache'>,
): Promise<void> {
  const directories = new Set(mounts.map((mount) => (mount.type === 'cache' ? mount.directory : undefined)))
  await Promise.all(caches.filter(({ directory }) => directories.has(directory)).map(openCache))
}

/** Locks of the directories of a private cache: as many as were ever used at the same time. */
function* privateLocks(directory: string): Generator<string, never> {
  for (let number = 1; ; number++) yield (number === 1 ? directory : `${directory}-${number}`) + lockSuffix
}

async function resolveMount(
  mount: RunMount,
  inputs: readonly Snapshot[],
  resources: RunResources,
): Promise<ResolvedMount> {
  switch (mount.type) {
    case 'bind': {
      const { target, readonly } = mount
      return { mount: { type: 'snapshot', snapshot: inputs[mount.input] ?? [], path: mount.source, target, readonly } }
    }
    case 'tmpfs':
      return { mount }
    case 'cache':
      return cacheMount(mount, inputs, resources)
    case 'secret':
      return secretMount(mount, resources)
    case 'ssh': {
      const source = await resources.sshSocket(mount.id)
      if (source !== undefined) return { mount: { ...mount, type: 'socket', source, mode: mount.mode & 0o777 } }
      if (!mount.required) return {}
      throw new RunError('SSH_NOT_FOUND', `unset ssh forward key ${mount.id}`, {
        mount,
        hint: `start an SSH agent and pass --ssh ${mount.id}`,
      })
    }
  }
}

async function cacheMount(
  mount: Extract<RunMount, { type: 'cache' }>,
  inputs: readonly Snapshot[],
  { cacheMounts }: RunResources,
): Promise<ResolvedMount> {
  const { id, target, readonly, mode, uid, gid, source, sharing } = mount
  const seed = mount.input === undefined ? undefined : { snapshot: inputs[mount.input] ?? [], path: source }
  const name = await cacheName(mount, seed?.snapshot)
  const directory = join(cacheMounts, name)
  return {
    mount: { type: 'cache', directory, target, readonly, mode, uid, gid, ...(seed && { seed }) },
    ...(sharing !== 'shared' && { claim: [directory, sharing] }),
    cache: { id, name, directory, owner: { uid, gid, mode }, sharing },
  }
}

/**
 * The directory name includes seed, owner and mode, so different initial states never share a
 * cache.
 */
async function cacheName(
  { id, mode, uid, gid, source }: Extract<RunMount, { type: 'cache' }>,
  seed: Snapshot | undefined,
): Promise<string> {
  const plain = mode === 0o755 && uid === 0 && gid === 0
  const start = seed
    ? [selectionDigest(await snapshotView(seed), [{ path: source, literal: true }])]
    : plain
      ? []
      : [mode, uid, gid]
  return createHash('sha256')
    .update([id, ...start].join('\0'))
    .digest('hex')
    .slice(0, 32)
}

async function secretMount(
  mount: Extract<RunMount, { type: 'secret' }>,
  { secret }: RunResources,
): Promise<ResolvedMount> {
  const content = await secret(mount.id)
  if (content === undefined) {
    if (mount.required)
      throw new RunError('SECRET_NOT_FOUND', `secret ${mount.id}: not found`, {
        mount,
        hint: `pass --secret id=${mount.id},src=FILE`,
      })
    return mount.env === undefined ? {} : { env: [mount.env, ''] }
  }
  if (content.length > maximumSecret) {
    throw new RunError(
      'SECRET_TOO_LARGE',
      `secret ${mount.id} has ${content.length} bytes: at most ${maximumSecret} are allowed`,
      {
        mount,
      },
    )
  }
  const { target, mode, uid, gid } = mount
  return {
    ...(target !== undefined && { mount: { type: 'file', target, content, mode: mode & 0o777, uid, gid } }),
    ...(mount.env !== undefined && { env: [mount.env, Buffer.from(content).toString()] }),
  }
}
