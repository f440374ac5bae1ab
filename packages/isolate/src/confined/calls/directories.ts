import { AT_FDCWD, ENOENT, ENOTDIR, EPERM, ERANGE, O_PATH, openFlags, S_IFDIR, S_IFMT } from '../../listener/kernel.ts'
import type { ConfinedHandlers, Confinement } from '../context.ts'
import { EXECUTE } from '../permissions.ts'
import { Directory } from '../processes.ts'

/**
 * Calls about the working directory, which the supervisor keeps: the kernel's is where the loader
 * is.
 */
export const directoryHandlers: ConfinedHandlers = {
  chdir: (given) => {
    const { tracee, paths, arch } = given
    return enter(
      given,
      paths.open(AT_FDCWD, tracee.readString(tracee.listener.address(0)), O_PATH | openFlags[arch].directory),
    )
  },
  fchdir: (given) => enter(given, given.paths.openDescriptor(given.tracee.listener.int(0))),
  getcwd: ({ tracee, paths, caller }) => {
    const name = paths.nameOf(caller.cwd.fd)
    if (name === undefined || name.endsWith(' (deleted)')) return -ENOENT
    const { root, text } = paths.locate(name)
    const path = caller.root === undefined || root.fd === caller.root.fd ? text : `(unreachable)${text}`
    if (path.length + 1 > tracee.listener.address(1)) return -ERANGE
    tracee.writeText(tracee.listener.address(0), `${path}\0`)
    return path.length + 1
  },
  umask: ({ tracee, caller, processes }) => {
    processes.noteChildren(caller, tracee.listener.thread)
    const before = caller.umask
    caller.umask = tracee.listener.uint(0) & 0o777
    return before
  },
  // Seccomp profiles of containers may refuse it before.
  chroot: (given) => {
    const { tracee, paths, arch, caller, permissions } = given
    const path = tracee.readString(tracee.listener.address(0))
    const fd = paths.open(AT_FDCWD, path, O_PATH | openFlags[arch].directory)
    if (fd < 0 || caller.credentials.privileged) return changeRoot(given, fd)
    return closing(given, fd, permissions.check(caller.credentials, tracee.status(fd), EXECUTE) || -EPERM)
  },
}

function changeRoot(given: Confinement, fd: number): number {
  if (fd < 0) return fd
  const { tracee, paths, processes, caller } = given
  const name = paths.nameOf(fd)
  // /proc is no tree of files here.
  if (name === undefined || paths.mounts.fromGuest(name).type === 'proc') return closing(given, fd, -EPERM)
  processes.noteChildren(caller, tracee.listener.thread)
  const isGuestRoot = name === '/'
  if (isGuestRoot) paths.close(fd)
  processes.changeRoot(caller, isGuestRoot ? undefined : new Directory(fd, (used) => paths.close(used)))
  return 0
}

function closing({ paths }: Confinement, fd: number, error: number): number {
  if (fd < 0) return fd
  paths.close(fd)
  return error
}

function enter(given: Confinement, fd: number): number {
  if (fd < 0) return fd
  const { tracee, permissions, processes, caller, paths } = given
  const status = tracee.status(fd)
  const refused = (status.mode & S_IFMT) === S_IFDIR ? permissions.check(caller.credentials, status, EXECUTE) : -ENOTDIR
  if (refused !== 0) {
    paths.close(fd)
    return refused
  }
  processes.noteChildren(caller, tracee.listener.thread)
  caller.enter(new Directory(fd, (used) => paths.close(used)))
  return 0
}
