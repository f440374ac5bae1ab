import { createHash } from 'node:crypto'
import { lstatSync } from 'node:fs'
import { join } from 'node:path'
import { withLock } from '@tsbuild/content'
import type { RunMount } from '../graph/op.ts'
import type { Snapshot } from '../layer/layer.ts'
import type { RootfsMount } from '../rootfs/provider.ts'
import { RunError } from './run-error.ts'

/** What RUN may be given from outside. */
export interface RunResources {
  /** Directory that holds one directory for each cache mount. */
  readonly cacheMounts: string
  /** The bytes of a secret; undefined when nobody supplied it. */
  secret(id: string): Promise<Uint8Array | undefined>
  /** Path of an agent's socket; undefined when nobody supplied it. */
  sshSocket(id: string): Promise<string | undefined>
}

/** What RUN's mounts turn out to be: mounts of the rootfs, more environment, and the cache directories that must be locked meanwhile. */
export interface ResolvedMounts {
  readonly mounts: readonly RootfsMount[]
  readonly env: readonly (readonly [string, string])[]
  readonly locked: readonly string[]
}

const maximumSecret = 500 * 1024

/** Finds what the mounts of RUN stand for. Rejects with `SECRET_NOT_FOUND` or `SSH_NOT_FOUND` for what is required and not there. */
export async function resolveMounts(
  mounts: readonly RunMount[],
  inputs: readonly Snapshot[],
  resources: RunResources,
): Promise<ResolvedMounts> {
  const resolved = await Promise.all(mounts.map((mount) => resolveMount(mount, inputs, resources)))
  return {
    mounts: resolved.flatMap((part) => part.mounts ?? []),
    env: resolved.flatMap((part) => part.env ?? []),
    locked: resolved.flatMap((part) => part.locked ?? []),
  }
}

/** Runs `action` while holding the lock of each directory, taken in one order everywhere so that two steps cannot wait for each other. */
export async function withDirectories<T>(directories: readonly string[], action: () => Promise<T>, signal: AbortSignal): Promise<T> {
  const [first, ...rest] = [...new Set(directories)].sort()
  return first === undefined ? action() : withLock(`${first}.lock`, () => withDirectories(rest, action, signal), { signal })
}

async function resolveMount(mount: RunMount, inputs: readonly Snapshot[], resources: RunResources): Promise<Partial<ResolvedMounts>> {
  switch (mount.type) {
    case 'bind':
      return {
        mounts: [
          { type: 'snapshot', snapshot: inputs[mount.input] ?? [], path: mount.source, target: mount.target, readonly: mount.readonly },
        ],
      }
    case 'tmpfs':
      return { mounts: [mount] }
    case 'cache':
      return cacheMount(mount, inputs, resources)
    case 'secret':
      return secretMount(mount, resources)
    case 'ssh': {
      const source = await resources.sshSocket(mount.id)
      if (source !== undefined) return { mounts: [{ ...mount, type: 'socket', source }], env: [['SSH_AUTH_SOCK', mount.target]] }
      if (!mount.required) return {}
      const hint = `pass --ssh ${mount.id}, with an agent running`
      throw new RunError('SSH_NOT_FOUND', `no SSH key "${mount.id}" forwarded from the client`, { hint })
    }
  }
}

function cacheMount(
  mount: Extract<RunMount, { type: 'cache' }>,
  inputs: readonly Snapshot[],
  { cacheMounts }: RunResources,
): Partial<ResolvedMounts> {
  const name = createHash('sha256').update(mount.id).digest('hex').slice(0, 32)
  const directory = mount.sharing === 'private' ? unusedDirectory(join(cacheMounts, name)) : join(cacheMounts, name)
  const seed = mount.input === undefined ? undefined : { snapshot: inputs[mount.input] ?? [], path: mount.source }
  const { target, readonly, mode, uid, gid } = mount
  return {
    mounts: [{ type: 'cache', directory, target, readonly, mode, uid, gid, ...(seed ? { seed } : {}) }],
    locked: mount.sharing === 'shared' ? [] : [directory],
  }
}

/** The first of a private cache's directories that nobody uses now. Two who find the same take turns. */
function unusedDirectory(first: string): string {
  for (let number = 1; ; number++) {
    const directory = number === 1 ? first : `${first}-${number}`
    if (!lstatSync(`${directory}.lock`, { throwIfNoEntry: false })) return directory
  }
}

async function secretMount(mount: Extract<RunMount, { type: 'secret' }>, { secret }: RunResources): Promise<Partial<ResolvedMounts>> {
  const content = await secret(mount.id)
  if (content === undefined) {
    if (mount.required)
      throw new RunError('SECRET_NOT_FOUND', `secret ${mount.id}: not found`, { hint: `pass --secret id=${mount.id},src=FILE` })
    return mount.env === undefined ? {} : { env: [[mount.env, '']] }
  }
  if (content.length > maximumSecret) {
    throw new RunError('SECRET_TOO_LARGE', `secret ${mount.id} has ${content.length} bytes: at most ${maximumSecret} are allowed`)
  }
  const { target, mode, uid, gid } = mount
  return {
    mounts: target === undefined ? [] : [{ type: 'file', target, content, mode, uid, gid }],
    env: mount.env === undefined ? [] : [[mount.env, Buffer.from(content).toString()]],
  }
}
