import { closeSync, fstatSync, lstatSync, statSync, writeFileSync } from 'node:fs'
import { mkdir, rename, rm } from 'node:fs/promises'
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import {
  copyTree,
  type FoundUser,
  forwardSocket,
  type Ledger,
  type Libc,
  type Mount,
  resolveInRoot,
} from '@tsbuild/isolate'
import { CacheOwners } from './cache-owners.ts'
import type { AgentMount } from '../protocol/agent-protocol.ts'
import { dress, seedLedger } from '../protocol/owned-paths.ts'
import { RootfsError } from '../protocol/rootfs-error.ts'
import type { RootfsStrategy } from '../strategies/strategy.ts'
import type { WorkDirectory } from '../layers/work-directory.ts'

export interface MountParts {
  readonly strategy: RootfsStrategy
  readonly libc: Libc
  readonly work: WorkDirectory
  /** Private directory, in memory where that is possible. */
  readonly scratch: string
  /** True if mounts are real. */
  readonly mounts: boolean
  /** User and groups of the process. */
  readonly user: Pick<FoundUser, 'uid' | 'gid'>
  /** Metadata that the kernel cannot keep. */
  readonly ledger: Ledger | undefined
  /** This process must be able to read files of any mode. */
  readonly opened: boolean
}

/** Mounts of host paths for the requested ones; their needs end with `resources`. */
export async function resolveMounts(
  mounts: readonly AgentMount[],
  parts: MountParts,
  resources: AsyncDisposableStack,
): Promise<readonly Mount[]> {
  const resolved: Mount[] = []
  // In order: a later one may lie in an earlier one.
  for (const mount of mounts) resolved.push(await resolveMount(mount, parts, resources))
  return resolved
}

async function resolveMount(mount: AgentMount, parts: MountParts, resources: AsyncDisposableStack): Promise<Mount> {
  switch (mount.type) {
    case 'tmpfs':
      return mount
    case 'bind':
      return bind(hostPath(mount.source, parts), mount)
    case 'snapshot': {
      const view = resources.use(await parts.strategy.view(mount, { writable: !mount.readonly }))
      if (parts.ledger) seedLedger(parts.ledger, view.directory, mount.owned ?? [])
      return bind(sourceIn(view.directory, mount.path), mount)
    }
    case 'cache':
      await seedCache(mount, parts)
      if (parts.ledger) {
        const owners = new CacheOwners(mount, { ...parts, ledger: parts.ledger })
        if (!mount.readonly) resources.defer(() => owners.save())
      }
      return bind(mount.directory, mount)
    case 'file': {
      if (parts.ledger && parts.opened)
        return bind(memoryFile(mount, { ...parts, ledger: parts.ledger }, resources), { ...mount, readonly: true })
      const path = scratchPath(parts, resources)
      writeFileSync(path, mount.content, { mode: 0o600, flag: 'wx' })
      dress(path, mount, parts)
      return bind(path, { ...mount, readonly: true })
    }
    case 'device':
      return { ...bind(deviceSource(mount, parts, resources), { ...mount, readonly: false }), devices: true }
    case 'socket': {
      const path = scratchPath(parts, resources)
      resources.use(forwardSocket(mount.source, path))
      dress(path, mount, parts)
      return bind(path, { ...mount, readonly: false })
    }
  }
}

function bind(
  source: string,
  { target, readonly }: { readonly target: string; readonly readonly: boolean },
): Extract<Mount, { type: 'bind' }> {
  return { type: 'bind', source, target, readonly, directory: lstatSync(source).isDirectory() }
}

function sourceIn(directory: string, path: string): string {
  const source = join(directory, resolveInRoot(directory, path))
  if (lstatSync(source, { throwIfNoEntry: false })) return source
  throw new RootfsError('MOUNT_SOURCE_MISSING', `cannot mount "${path}": it does not exist`)
}

/** A path of the machine. The rung chroot would move the path itself. */
function hostPath(source: string, { mounts, opened }: MountParts): string {
  if (!mounts && !opened) {
    const message = `cannot show "${source}" of the machine on the rung chroot: it needs mounts`
    throw new RootfsError('RUNG_CANNOT', message)
  }
  if (lstatSync(source, { throwIfNoEntry: false })) return source
  throw new RootfsError('MOUNT_SOURCE_MISSING', `cannot mount "${source}" of the machine: it does not exist`)
}

/**
 * A device file like the machine's with the requested owner and mode; the machine's own where none
 * can be made, as in a user namespace.
 */
function deviceSource(
  mount: Extract<AgentMount, { type: 'device' }>,
  parts: MountParts,
  resources: AsyncDisposableStack,
): string {
  const stat = statSync(mount.source, { throwIfNoEntry: false })
  if (!stat || !(stat.isCharacterDevice() || stat.isBlockDevice()))
    throw new RootfsError(
      'MOUNT_SOURCE_MISSING',
      `cannot give device "${mount.source}": ${stat ? 'it is not a device' : 'it does not exist'}`,
    )
  const path = scratchPath(parts, resources)
  try {
    parts.libc.makeNode(path, stat.mode, stat.rdev)
  } catch {
    return mount.source
  }
  dress(
    path,
    { mode: mount.mode ?? stat.mode & 0o777, uid: mount.uid ?? parts.user.uid, gid: mount.gid ?? parts.user.gid },
    parts,
  )
  return path
}

function scratchPath({ scratch }: MountParts, resources: AsyncDisposableStack): string {
  const path = join(scratch, randomBytes(6).toString('hex'))
  resources.defer(() => rm(path, { force: true }))
  return path
}

/** A file that never touches a disk: a path that is good in this process. */
function memoryFile(
  { content, uid, gid, mode }: Extract<AgentMount, { type: 'file' }>,
  { libc, ledger }: MountParts & { readonly ledger: Ledger },
  resources: AsyncDisposableStack,
): string {
  const fd = libc.memoryFile(`file-${randomBytes(6).toString('hex')}`)
  resources.defer(() => closeSync(fd))
  writeFileSync(fd, content)
  const { dev, ino } = fstatSync(fd)
  ledger.set(dev, ino, { uid, gid, mode })
  return `/proc/self/fd/${fd}`
}

/**
 * Makes the directory of a cache mount when it is new: a copy of its seed, or empty. Two builds may
 * do so at once; one wins.
 */
async function seedCache(mount: Extract<AgentMount, { type: 'cache' }>, parts: MountParts): Promise<void> {
  const { strategy, libc, work } = parts
  if (lstatSync(mount.directory, { throwIfNoEntry: false })) return
  const draft = work.reserve('cache')
  try {
    if (mount.seed) {
      await using view = await strategy.view(mount.seed, { writable: false })
      copyTree(sourceIn(view.directory, mount.seed.path), draft, libc)
    } else {
      await mkdir(draft)
      dress(draft, mount, parts)
    }
    await rename(draft, mount.directory)
  } catch (error) {
    await rm(draft, { recursive: true, force: true })
    if (!lstatSync(mount.directory, { throwIfNoEntry: false })) throw error
  }
}
