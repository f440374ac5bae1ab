import {
  AT_FDCWD,
  EACCES,
  EAGAIN,
  EEXIST,
  EINVAL,
  ENOENT,
  ENXIO,
  O_ACCMODE,
  O_CLOEXEC,
  O_CREAT,
  O_EXCL,
  O_NOCTTY,
  O_NONBLOCK,
  O_PATH,
  O_RDONLY,
  O_TMPFILE,
  O_TRUNC,
  O_WRONLY,
  openFlags,
  S_IFDIR,
  S_IFIFO,
  S_IFMT,
  S_IFREG,
} from '../../ledger/kernel.ts'
import type { Answer } from '../../ledger/notification.ts'
import type { ConfinedHandlers, Confinement, Named } from '../context.ts'
import { askForTable } from '../loader/stub.ts'
import { diskMode, record } from './new-files.ts'
import type { Place } from '../paths/paths.ts'
import { READ, WRITE } from '../permissions.ts'
import { load } from './programs.ts'
import { showTerminal } from './terminals.ts'

/** Calls that open files. */
export const fileHandlers: ConfinedHandlers = {
  open: (given) =>
    open(
      given,
      { directory: AT_FDCWD, path: 0 },
      { flags: given.tracee.listener.int(1), mode: given.tracee.listener.uint(2) },
    ),
  creat: (given) =>
    open(
      given,
      { directory: AT_FDCWD, path: 0 },
      { flags: O_CREAT | O_WRONLY | O_TRUNC, mode: given.tracee.listener.uint(1) },
    ),
  openat: (given) => {
    const { listener } = given.tracee
    if (listener.int(0) === askForTable) return load(given)
    return open(given, { directory: listener.int(0), path: 1 }, { flags: listener.int(2), mode: listener.uint(3) })
  },
  openat2: openHow,
  truncate: ({ tracee, paths, caller, permissions }) => {
    const path = tracee.readString(tracee.listener.address(0))
    const fd = paths.lookToChange(AT_FDCWD, path, true)
    if (fd < 0) return fd
    return tracee.using(fd, () => {
      const refused = permissions.check(caller.credentials, tracee.status(fd), WRITE)
      if (refused !== 0) return refused
      return tracee.system.call('truncate', tracee.pathAt(`/proc/thread-self/fd/${fd}`), tracee.listener.address(1))
    })
  },
}

/** struct open_how: flags, mode, resolve. */
function openHow(given: Confinement): Answer {
  const { tracee } = given
  const { listener } = tracee
  const size = listener.address(3)
  if (size < 24 || size > 4096) return -EINVAL
  const how = tracee.read(listener.address(2), 24)
  const [flags, mode, resolve] = [how.readUInt32LE(0), how.readUInt32LE(8), how.readUInt32LE(16)]
  if (resolve === 0) return open(given, { directory: listener.int(0), path: 1 }, { flags, mode })
  return openRestricted(given, { flags, mode, resolve })
}

const RESOLVE_IN_ROOT = 0x10
const RESOLVE_BENEATH = 0x08

/**
 * A path that may not leave a directory is resolved there by the kernel; other restrictions hold as
 * they are.
 */
function openRestricted(
  given: Confinement,
  { flags, mode, resolve }: { readonly flags: number; readonly mode: number; readonly resolve: number },
): Answer {
  const { tracee, paths } = given
  const { listener, system } = tracee
  const path = tracee.readString(listener.address(1))
  // Restrictions on mounts and links do not apply: absolute paths are resolved in the guest.
  if ((resolve & (RESOLVE_BENEATH | RESOLVE_IN_ROOT)) === 0 && path.startsWith('/'))
    return open(given, { directory: AT_FDCWD, path: 1 }, { flags, mode })
  const base = paths.openDescriptor(listener.int(0))
  if (base < 0) return base
  return tracee.using(base, (fd) => {
    const how = system.allocate(24)
    how.bytes.writeBigUInt64LE(BigInt((flags | O_CLOEXEC) >>> 0), 0)
    how.bytes.writeBigUInt64LE(BigInt((flags & O_CREAT) === 0 ? 0 : diskMode(mode & ~given.caller.umask, 'file')), 8)
    how.bytes.writeBigUInt64LE(BigInt(resolve), 16)
    const opened = system.call('openat2', fd, tracee.pathAt(path), how.address, 24)
    if (opened < 0) return opened
    const isInside = paths.nameOf(opened) !== undefined
    if (isInside) return { fd: opened, closeOnExec: (flags & O_CLOEXEC) !== 0 }
    paths.close(opened)
    return -EACCES
  })
}

/** Flags of open(2), and the mode of a new file. */
interface Wanted {
  readonly flags: number
  readonly mode: number
}

function open(given: Confinement, { directory, path: argument }: Named, { flags, mode }: Wanted): Answer {
  const { tracee } = given
  const path = tracee.readString(tracee.listener.address(argument))
  const closeOnExec = (flags & O_CLOEXEC) !== 0
  if ((flags & O_PATH) !== 0) return opened(openPath(given, { directory, path, flags }), closeOnExec)
  if ((flags & O_TMPFILE) !== 0) return openAnonymous(given, { directory, path, flags, mode })
  const creates = (flags & O_CREAT) !== 0
  // A directory may be opened with O_CREAT only to learn that it is one.
  if (creates && (flags & openFlags[given.arch].directory) !== 0) return -EINVAL
  for (let tries = 0; ; tries += 1) {
    const fd =
      creates && (flags & O_EXCL) !== 0
        ? -ENOENT
        : openExisting(given, { directory, path, flags: flags & ~(O_CREAT | O_EXCL) })
    if (typeof fd !== 'number') return fd
    if (fd !== -ENOENT || !creates) return opened(fd, closeOnExec)
    const made = create(given, { directory, path, flags, mode, follow: tries > 0 && (flags & O_EXCL) === 0 })
    // Another process has made it, or there is a symlink that leads to nothing yet.
    if (made !== -EEXIST || (flags & O_EXCL) !== 0 || tries > 8) return opened(made, closeOnExec)
  }
}

function opened(fd: number, closeOnExec: boolean): Answer {
  return fd < 0 ? fd : { fd, closeOnExec }
}

/** Descriptors with `O_PATH` cannot be given away: files and directories are opened to be read. */
function openPath({ tracee, paths }: Confinement, { directory, path, flags }: Opening): number {
  const found = paths.open(directory, path, flags)
  if (found < 0) return found
  const type = tracee.status(found).mode & S_IFMT
  if (type !== S_IFDIR && type !== S_IFREG) return paths.standIns.make(found)
  return tracee.using(found, () =>
    tracee.system.call('openat', AT_FDCWD, tracee.pathAt(`/proc/thread-self/fd/${found}`), O_NONBLOCK | O_CLOEXEC),
  )
}

interface Opening {
  readonly directory: number
  readonly path: string
  readonly flags: number
}

function openExisting(given: Confinement, { directory, path, flags }: Opening): Answer {
  const { tracee, paths, caller, permissions } = given
  // No file may block the supervisor, or become its terminal.
  const now = (flags & ~O_CLOEXEC) | O_NONBLOCK | O_NOCTTY
  if (caller.credentials.privileged) return settle(given, paths.open(directory, path, now), { directory, path, flags })
  const found = paths.look(directory, path, (flags & openFlags[given.arch].noFollow) === 0)
  if (found < 0) return found
  return tracee.using(found, () => {
    const access = [READ, WRITE, READ | WRITE, READ | WRITE][flags & O_ACCMODE] ?? READ
    const status = tracee.status(found)
    const wanted = access | ((flags & O_TRUNC) === 0 ? 0 : WRITE)
    const refused = paths.nameOf(found)?.startsWith('/proc/')
      ? 0
      : permissions.check(caller.credentials, status, wanted)
    return refused === 0 ? settle(given, paths.open(directory, path, now), { directory, path, flags }) : refused
  })
}

/**
 * Gives an open file the state that the caller asked for. A named pipe that has no other end yet is
 * opened later.
 */
function settle(given: Confinement, fd: number, { directory, path, flags }: Opening): Answer {
  const { tracee } = given
  const mayWait = (flags & O_NONBLOCK) === 0
  if (fd === -ENXIO && mayWait && (flags & O_ACCMODE) === O_WRONLY)
    return waitForReader(given, { directory, path, flags })
  if (fd >= 0 && path.endsWith('/ptmx')) showTerminal(given, fd)
  if (fd < 0 || !mayWait) return fd
  const type = tracee.status(fd).mode & S_IFMT
  // It waits for a writer. A writer has found its reader here already.
  if (type === S_IFIFO && (flags & O_ACCMODE) === O_RDONLY) return given.waitingPipes.add({ fd, end: 'read', flags })
  tracee.system.call('fcntl', fd, F_SETFL, flags & ~(O_NONBLOCK | O_CREAT | O_EXCL | O_TRUNC | O_NOCTTY))
  return fd
}

const F_SETFL = 4

function waitForReader({ paths, waitingPipes }: Confinement, { directory, path, flags }: Opening): Answer {
  const pipe = paths.look(directory, path, true)
  return pipe < 0 ? pipe : waitingPipes.add({ fd: pipe, end: 'write', flags })
}

function create(
  given: Confinement,
  { directory, path, flags, mode, follow }: Opening & { readonly mode: number; readonly follow: boolean },
): number {
  const { tracee, paths, caller } = given
  const make = ({ parent, name }: Place): number => {
    const all = flags | O_CREAT | O_EXCL | O_CLOEXEC | openFlags[given.arch].noFollow
    const fd = tracee.system.call('openat', parent, tracee.pathAt(name), all, diskMode(mode & ~caller.umask, 'file'))
    if (fd >= 0) record(given, { fd, parent, mode: mode & 0o7777 })
    return fd
  }
  return follow ? paths.inFinalParent(directory, path, make) : paths.inParent(directory, path, make)
}

function openAnonymous(
  given: Confinement,
  { directory, path, flags, mode }: Opening & { readonly mode: number },
): Answer {
  const { paths, caller, tracee } = given
  const parent = paths.lookToChange(directory, path, true)
  if (parent < 0) return parent
  return tracee.using(parent, (): Answer => {
    const fd = tracee.system.call(
      'openat',
      parent,
      tracee.pathAt('.'),
      flags | O_CLOEXEC,
      diskMode(mode & ~caller.umask, 'file'),
    )
    // The call fails with EOPNOTSUPP or EISDIR where there are none; programs then do without.
    if (fd < 0) return fd === -EAGAIN ? -EACCES : fd
    record(given, { fd, parent, mode: mode & 0o7777 })
    return { fd, closeOnExec: (flags & O_CLOEXEC) !== 0 }
  })
}
