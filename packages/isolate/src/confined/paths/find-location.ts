import { AT_FDCWD, EBADF, ENOENT, ENOTDIR } from '../../listener/kernel.ts'
import type { GuestFiles } from './guest-files.ts'
import { guestRoot, type Location, locate, type Restrictions, type Root } from './location.ts'

/** A path of a call. */
interface Call {
  /** Descriptor of the directory that a relative path begins in, or AT_FDCWD. */
  readonly directory: number
  readonly path: string
  readonly thread: number
}

/** Location of the path that a call means, or a negated errno. */
export function find(files: GuestFiles, { path, ...call }: Call): Location | number {
  if (path === '') return -ENOENT
  const root = findRoot(files)
  if (path.startsWith('/')) return { root, text: path }
  const base = absolutePath(files, call)
  return typeof base === 'number' ? base : locate(`${base === '/' ? '' : base}/${path}`, root, files.mounts)
}

/**
 * Location of a path that may not leave a directory of the supervisor (openat2(2), RESOLVE_BENEATH,
 * RESOLVE_IN_ROOT).
 */
export function findBelow(files: GuestFiles, fd: number, { path, restrictions }: RestrictedPath): Location {
  const name = files.nameOf(fd) ?? ''
  const mount = files.mounts.fromGuest(name)
  // Of /proc only names are known, not descriptors.
  if (mount.type === 'proc') return { ...files.locate(`${name}/${path}`), restrictions }
  return { root: { fd, path: name === '/' ? '' : name, mount }, text: `/${path}`, restrictions }
}

interface RestrictedPath {
  readonly path: string
  readonly restrictions: Restrictions
}

/** Root directory of the caller. */
export function findRoot(files: GuestFiles): Root {
  const { mounts, caller } = files
  const { root } = caller
  if (root === undefined) return guestRoot(mounts)
  const path = files.nameOf(root.fd) ?? ''
  return { fd: root.fd, path, mount: mounts.fromGuest(path) }
}

/** Path of a directory in the guest. */
function absolutePath(files: GuestFiles, { directory, thread }: Omit<Call, 'path'>): string | number {
  const { mounts, caller } = files
  const link = directory === AT_FDCWD ? `/proc/thread-self/fd/${caller.cwd.fd}` : `/proc/${thread}/fd/${directory}`
  const host = files.readLink(AT_FDCWD, link)
  if (typeof host === 'number') return host === -ENOENT ? -EBADF : host
  // A pipe, or a directory that has been removed.
  return mounts.fromHost(host)?.path ?? (host.startsWith('/') ? -ENOENT : -ENOTDIR)
}
