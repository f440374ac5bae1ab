import { EXECUTE, isAllowed, isOwner, mayReach, type Named, type Owner, READ, readCaller, WRITE } from './access.ts'
import type { Supervision } from './handler.ts'
import {
  AT_EACCESS,
  AT_FDCWD,
  AT_SYMLINK_FOLLOW,
  AT_SYMLINK_NOFOLLOW,
  EACCES,
  EPERM,
  O_ACCMODE,
  O_CREAT,
  O_EXCL,
  O_PATH,
  O_TMPFILE,
  O_TRUNC,
  O_WRONLY,
  S_IFDIR,
  S_IFMT,
} from '../listener/kernel.ts'
import { mayBind, mayLink, mayMake, mayRemove, mayRename, mayRenameAt, mayWriteIn } from './name-permissions.ts'
import { Unresolved } from '../listener/tracee-memory.ts'
import type { TrappedName } from './trapped.ts'

/**
 * Refuses a call by an errno, or returns undefined. Throws `Unresolved` to leave the call to the
 * kernel.
 */
type Guard = (supervision: Supervision) => number | undefined

/**
 * Checks of file modes for a process without capabilities (path_resolution(7) § Permissions). For
 * the kernel every file belongs to one user, who may do everything.
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
  chroot: mayChangeRoot,
  pivot_root: () => EPERM,
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
  link: (given) => mayLink(given, { from: { directory: AT_FDCWD, path: 0 }, to: { directory: AT_FDCWD, path: 1 } }),
  linkat: (given) => {
    const { listener } = given.tracee
    const follow = (listener.int(4) & AT_SYMLINK_FOLLOW) !== 0
    return mayLink(given, {
      from: { directory: listener.int(0), path: 1, follow },
      to: { directory: listener.int(2), path: 3 },
    })
  },
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

function statFlags({ tracee }: Supervision, argument: number): { readonly follow: boolean } {
  return { follow: (tracee.listener.int(argument) & AT_SYMLINK_NOFOLLOW) === 0 }
}

function mayOpen(given: Supervision, named: Named, flags: number): number | undefined {
  if ((flags & O_PATH) !== 0) return mayFind(given, named)
  if ((flags & O_TMPFILE) !== 0)
    return withFile(given, named, (fd) => isDirectory(given, fd)) ? mayUse(given, named, WRITE | EXECUTE) : undefined
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

function isDirectory({ tracee }: Supervision, fd: number): boolean {
  return (tracee.status(fd).mode & S_IFMT) === S_IFDIR
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

/** Only root may do it. The kernel reports what is wrong with the path before. */
function mayChangeRoot(given: Supervision): number | undefined {
  const named = { directory: AT_FDCWD, path: 0 }
  const isPossible = withFile(given, named, (fd) => isDirectory(given, fd)) === true
  return isPossible ? (mayUse(given, named, EXECUTE) ?? EPERM) : undefined
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
