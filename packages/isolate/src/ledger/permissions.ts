import type { Credentials } from './credentials.ts'
import type { Supervision } from './handler.ts'
import {
  AT_EACCESS,
  AT_FDCWD,
  AT_SYMLINK_NOFOLLOW,
  EACCES,
  EADDRINUSE,
  EEXIST,
  ENOENT,
  EPERM,
  EROFS,
  O_ACCMODE,
  O_CREAT,
  O_EXCL,
  O_PATH,
  O_TMPFILE,
  O_TRUNC,
  O_WRONLY,
  S_ISVTX,
} from './kernel.ts'
import { readSocketPath } from './socket-path.ts'
import { type FileStatus } from './tracee.ts'
import { Unresolved } from './tracee-memory.ts'
import type { TrappedName } from './trapped.ts'

const READ = 4
const WRITE = 2
const EXECUTE = 1

/**
 * Refuses a call by an errno, or returns undefined. Throws `Unresolved` to leave the call to the
 * kernel.
 */
type Guard = (supervision: Supervision) => number | undefined

/**
 * Checks of file modes for a process without capabilities (path_resolution(7) § Permissions). For
 * the kernel every file belongs to one user, so it refuses nothing.
 */
export const permissionGuards: Partial<Record<TrappedName, Guard>> = {
  open: (given) => mayOpen(given, { directory: AT_FDCWD, path: 0 }, given.tracee.listener.int(1)),
  creat: (given) => mayOpen(given, { directory: AT_FDCWD, path: 0 }, O_CREAT | O_WRONLY | O_TRUNC),
  openat: (given) => mayOpen(given, { directory: given.tracee.listener.int(0), path: 1 }, given.tracee.listener.int(2)),
  openat2: (given) => {
    const { tracee } = given
    const flags = tracee.read(tracee.listener.address(2), 8).readUInt32LE(0)
    return mayOpen(given, { directory: tracee.listener.int(0), path: 1 }, flags)
  },
  access: (given) =>
    mayAccess(given, { directory: AT_FDCWD, path: 0 }, { mode: given.tracee.listener.int(1), flags: 0 }),
  faccessat: (given) => {
    const { listener } = given.tracee
    return mayAccess(given, { directory: listener.int(0), path: 1 }, { mode: listener.int(2), flags: 0 })
  },
  faccessat2: (given) => {
    const { listener } = given.tracee
    return mayAccess(given, { directory: listener.int(0), path: 1 }, { mode: listener.int(2), flags: listener.int(3) })
  },
  execve: (given) => mayUse(given, { directory: AT_FDCWD, path: 0 }, EXECUTE),
  execveat: (given) => mayUse(given, { directory: given.tracee.listener.int(0), path: 1 }, EXECUTE),
  chdir: (given) => mayUse(given, { directory: AT_FDCWD, path: 0 }, EXECUTE),
  truncate: (given) => mayUse(given, { directory: AT_FDCWD, path: 0 }, WRITE),
  utime: (given) => maySetTimes(given, { directory: AT_FDCWD, path: 0 }, 1),
  utimes: (given) => maySetTimes(given, { directory: AT_FDCWD, path: 0 }, 1),
  futimesat: (given) => maySetTimes(given, { directory: given.tracee.listener.int(0), path: 1 }, 2),
  utimensat: (given) =>
    maySetTimes(given, { ...statFlags(given, 3), directory: given.tracee.listener.int(0), path: 1 }, 2),
  chmod: (given) => mayChange(given, { directory: AT_FDCWD, path: 0 }),
  fchmodat: (given) => mayChange(given, { directory: given.tracee.listener.int(0), path: 1 }),
  fchmod: (given) => mayChangeOpen(given, given.tracee.listener.int(0)),
  bind: mayBind,
  mkdir: (given) => mayMake(given, { directory: AT_FDCWD, path: 0 }),
  mkdirat: (given) => mayMake(given, { directory: given.tracee.listener.int(0), path: 1 }),
  mknod: (given) => mayMake(given, { directory: AT_FDCWD, path: 0 }),
  mknodat: (given) => mayMake(given, { directory: given.tracee.listener.int(0), path: 1 }),
  symlink: (given) => mayMake(given, { directory: AT_FDCWD, path: 1 }),
  symlinkat: (given) => mayMake(given, { directory: given.tracee.listener.int(1), path: 2 }),
  link: (given) => mayMake(given, { directory: AT_FDCWD, path: 1 }),
  linkat: (given) => mayMake(given, { directory: given.tracee.listener.int(2), path: 3 }),
  unlink: (given) => mayRemove(given, { directory: AT_FDCWD, path: 0 }),
  rmdir: (given) => mayRemove(given, { directory: AT_FDCWD, path: 0 }),
  unlinkat: (given) => mayRemove(given, { directory: given.tracee.listener.int(0), path: 1 }),
  rename: (given) => mayRename(given, { directory: AT_FDCWD, path: 0 }, { directory: AT_FDCWD, path: 1 }),
  renameat: mayRenameAt,
  renameat2: mayRenameAt,
  stat: (given) => mayFind(given, { directory: AT_FDCWD, path: 0 }),
  lstat: (given) => mayFind(given, { directory: AT_FDCWD, path: 0, follow: false }),
  newfstatat: (given) => mayFind(given, { ...statFlags(given, 3), directory: given.tracee.listener.int(0), path: 1 }),
  statx: (given) => mayFind(given, { ...statFlags(given, 2), directory: given.tracee.listener.int(0), path: 1 }),
  readlink: (given) => mayFind(given, { directory: AT_FDCWD, path: 0, follow: false }),
  readlinkat: (given) => mayFind(given, { directory: given.tracee.listener.int(0), path: 1, follow: false }),
}

interface Named {
  readonly directory: number
  /** Index of the argument. */
  readonly path: number
  /** Default true. */
  readonly follow?: boolean
}

function statFlags({ tracee }: Supervision, argument: number): { readonly follow: boolean } {
  return { follow: (tracee.listener.int(argument) & AT_SYMLINK_NOFOLLOW) === 0 }
}

function mayOpen(given: Supervision, named: Named, flags: number): number | undefined {
  if ((flags & O_PATH) !== 0) return mayFind(given, named)
  if ((flags & O_TMPFILE) !== 0) return mayUse(given, named, WRITE | EXECUTE)
  const accesses = [READ, WRITE, READ | WRITE, READ | WRITE][flags & O_ACCMODE] ?? READ
  const wanted = accesses | ((flags & O_TRUNC) === 0 ? 0 : WRITE)
  if ((flags & O_CREAT) === 0) return mayUse(given, named, wanted)
  const exists = withFile(given, named, () => true)
  // With O_EXCL the kernel reports a file that exists.
  if (exists !== true) return mayWriteIn(given, named)
  return (flags & O_EXCL) === 0 ? mayUse(given, named, wanted) : mayFind(given, named)
}

function mayAccess(
  given: Supervision,
  named: Named,
  { mode, flags }: { readonly mode: number; readonly flags: number },
): number | undefined {
  const caller = readCaller(given)
  const ids = (flags & AT_EACCESS) === 0 ? { uid: caller.user.real, gid: caller.group.real } : undefined
  return mayUse(given, { ...named, follow: (flags & AT_SYMLINK_NOFOLLOW) === 0, ids }, mode & 7)
}

/** Checks the modes of a file that exists, and of the directories that lead to it. */
function mayUse(
  given: Supervision,
  named: Named & { readonly ids?: Owner | undefined },
  wanted: number,
): number | undefined {
  return withFile(given, named, (fd) => {
    const refused = mayReach(given, fd)
    return refused ?? (isAllowed(given, given.tracee.status(fd), { ...named, wanted }) ? undefined : EACCES)
  })
}

function mayFind(given: Supervision, named: Named): number | undefined {
  return withFile(given, named, (fd) => mayReach(given, fd))
}

/** Only the owner changes a mode. */
function mayChange(given: Supervision, named: Named): number | undefined {
  return withFile(given, named, (fd) => mayReach(given, fd) ?? isOwner(given, given.tracee.status(fd)))
}

/**
 * utimensat(2) § Permissions: to set the present time, it is enough that the file may be written
 * to.
 */
function maySetTimes(given: Supervision, named: Named, times: number): number | undefined {
  const { listener } = given.tracee
  const isNow = listener.address(times) === 0
  if (listener.address(named.path) === 0) return isNow ? undefined : mayChangeOpen(given, named.directory)
  const refused = mayChange(given, named)
  return refused === EPERM && isNow ? mayUse(given, named, WRITE) : refused
}

function mayChangeOpen(given: Supervision, descriptor: number): number | undefined {
  return isOwner(given, given.tracee.lookAtDescriptor(descriptor))
}

function isOwner(given: Supervision, file: FileStatus): number | undefined {
  return findOwner(given, file).uid === readCaller(given).user.effective ? undefined : EPERM
}

function mayMake(given: Supervision, { directory, path }: Named): number | undefined {
  return mayMakeAt(given, directory, given.tracee.readString(given.tracee.listener.address(path)))
}

/** Like the kernel, reports an existing name before all that forbids a new one. */
function mayMakeAt(given: Supervision, directory: number, path: string): number | undefined {
  return given.tracee.inParent(directory, path, (parent, name) =>
    maySearch(given, parent) && hasName(given, parent, name) ? EEXIST : mayWriteTo(given, parent),
  )
}

function mayBind(given: Supervision): number | undefined {
  const path = readSocketPath(given)
  const refused = path === undefined ? undefined : mayMakeAt(given, AT_FDCWD, path)
  return refused === EEXIST ? EADDRINUSE : refused
}

function mayWriteIn(given: Supervision, { directory, path }: Named): number | undefined {
  const { tracee } = given
  return tracee.inParent(directory, tracee.readString(tracee.listener.address(path)), (parent) =>
    mayWriteTo(given, parent),
  )
}

/** The kernel refuses a read-only file system before it looks at modes. */
function mayWriteTo(given: Supervision, parent: number): number | undefined {
  if (!maySearch(given, parent)) return EACCES
  if (isAllowed(given, given.tracee.status(parent), { wanted: WRITE })) return undefined
  const { system } = given.tracee
  const path = given.tracee.pathAt(`/proc/thread-self/fd/${parent}`)
  return system.call('faccessat', AT_FDCWD, path, WRITE) === -EROFS ? EROFS : EACCES
}

/** True if the directory, and those that lead to it, may be searched. */
function maySearch(given: Supervision, parent: number): boolean {
  return mayReach(given, parent) === undefined && isAllowed(given, given.tracee.status(parent), { wanted: EXECUTE })
}

function hasName({ tracee }: Supervision, parent: number, name: string): boolean {
  try {
    tracee.lookAtName(parent, name)
    return true
  } catch (error) {
    if (error instanceof Unresolved) return false
    throw error
  }
}

/** Like the kernel, reports a missing name before a missing right to remove it. */
function mayRemove(given: Supervision, { directory, path }: Named): number | undefined {
  const { tracee } = given
  return tracee.inParent(directory, tracee.readString(tracee.listener.address(path)), (parent, name) => {
    const refused = mayWriteTo(given, parent)
    if (refused === EACCES && maySearch(given, parent) && !hasName(given, parent, name)) return ENOENT
    if (refused !== undefined) return refused
    const folder = tracee.status(parent)
    if ((folder.mode & S_ISVTX) === 0 || isOwner(given, folder) === undefined) return undefined
    return isOwner(given, tracee.lookAtName(parent, name))
  })
}

function mayRenameAt(given: Supervision): number | undefined {
  const { listener } = given.tracee
  return mayRename(given, { directory: listener.int(0), path: 1 }, { directory: listener.int(2), path: 3 })
}

function mayRename(given: Supervision, from: Named, to: Named): number | undefined {
  return mayRemove(given, from) ?? mayReplace(given, to)
}

function mayReplace(given: Supervision, named: Named): number | undefined {
  try {
    const refused = mayRemove(given, named)
    return refused === ENOENT ? EACCES : refused
  } catch (error) {
    // The name is new.
    if (error instanceof Unresolved) return mayWriteIn(given, named)
    throw error
  }
}

/** Every directory on the way to an open file must be one to search in. */
function mayReach(given: Supervision, fd: number): number | undefined {
  const { tracee } = given
  const names = tracee.pathOf(fd).split('/').slice(1, -1)
  const directories = ['/', ...names.map((_, index) => `/${names.slice(0, index + 1).join('/')}`)]
  const isClosed = (path: string): boolean =>
    tracee.using(
      tracee.open(AT_FDCWD, path, false),
      (directory) => !isAllowed(given, tracee.status(directory), { wanted: EXECUTE }),
    )
  return directories.some(isClosed) ? EACCES : undefined
}

interface Owner {
  readonly uid: number
  readonly gid: number
}

function isAllowed(
  given: Supervision,
  file: FileStatus,
  { wanted, ids }: { readonly wanted: number; readonly ids?: Owner | undefined },
): boolean {
  const { user, group, groups } = readCaller(given)
  const { uid, gid } = ids ?? { uid: user.effective, gid: group.effective }
  const owner = findOwner(given, file)
  const isMember = owner.gid === gid || groups.includes(owner.gid)
  const shift = owner.uid === uid ? 6 : isMember ? 3 : 0
  return ((file.mode >> shift) & wanted) === wanted
}

function findOwner({ ledger }: Supervision, { dev, ino }: FileStatus): Owner {
  return ledger.get(dev, ino) ?? { uid: 0, gid: 0 }
}

function readCaller({ credentials, tracee }: Supervision): Credentials {
  return credentials.get(tracee.listener.thread)
}

/**
 * Does something with a file by its name. Undefined when it cannot be found, which the kernel
 * reports.
 */
function withFile<T>(
  { tracee }: Supervision,
  { directory, path, follow = true }: Named,
  use: (fd: number) => T,
): T | undefined {
  const name = tracee.readString(tracee.listener.address(path))
  if (name === '') return undefined
  try {
    return tracee.using(tracee.open(directory, name, follow), use)
  } catch (error) {
    if (error instanceof Unresolved) return undefined
    throw error
  }
}
