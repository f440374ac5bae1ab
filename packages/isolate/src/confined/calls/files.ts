import {
  AT_FDCWD,
  EACCES,
  EAGAIN,
  EEXIST,
  EINVAL,
  ENOENT,
  ENOTDIR,
  ENXIO,
  EROFS,
  ETXTBSY,
  EXDEV,
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
} from '../../listener/kernel.ts'
import type { Answer } from '../../listener/notification.ts'
import type { FileStatus } from '../../listener/tracee.ts'
import type { ConfinedHandlers, Confinement, Named } from '../context.ts'
import { askForTable } from '../loader/stub.ts'
import { clearSetIds } from './attributes.ts'
import { diskMode, record } from './new-files.ts'
import { findBelow } from '../paths/find-location.ts'
import type { Location } from '../paths/location.ts'
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
  truncate: (given) => {
    const { tracee, paths, caller, permissions } = given
    const path = tracee.readString(tracee.listener.address(0))
    const fd = paths.lookToChange(AT_FDCWD, path, true)
    if (fd < 0) return fd
    return tracee.using(fd, () => {
      const status = tracee.status(fd)
      const refused = permissions.check(caller.credentials, status, WRITE)
      if (refused !== 0) return refused
      if (isRunning(given, status)) return -ETXTBSY
      clearSetIds(given, status)
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
  const wanted = { flags: how.readUInt32LE(0), mode: how.readUInt32LE(8) }
  if ((wanted.flags & ~knownFlags) !== 0 || how.readUInt32LE(4) !== 0) return -EINVAL
  const resolve = how.readUInt32LE(16)
  const named = { directory: listener.int(0), path: 1 }
  return resolve === 0 ? open(given, named, wanted) : openRestricted(given, named, { ...wanted, resolve })
}

/** Flags of open(2), O_TMPFILE being the last. */
const knownFlags = 0o37777703
const RESOLVE_NO_SYMLINKS = 0x04
const RESOLVE_BENEATH = 0x08
const RESOLVE_IN_ROOT = 0x10
const RESOLVE_CACHED = 0x20

/** Restrictions on mounts and magic links do not apply: such links are paths here. */
function openRestricted(
  given: Confinement,
  { directory, path: argument }: Named,
  { resolve, ...wanted }: Wanted & { readonly resolve: number },
): Answer {
  const { tracee, paths } = given
  if (resolve >= 2 * RESOLVE_CACHED || (resolve & (RESOLVE_BENEATH | RESOLVE_IN_ROOT)) === 0x18) return -EINVAL
  // Callers have to try again without it.
  if ((resolve & RESOLVE_CACHED) !== 0) return -EAGAIN
  const path = tracee.readString(tracee.listener.address(argument))
  const restrictions = {
    staysBelow: (resolve & RESOLVE_BENEATH) !== 0,
    noSymlinks: (resolve & RESOLVE_NO_SYMLINKS) !== 0,
  }
  if (restrictions.staysBelow && path.startsWith('/')) return -EXDEV
  if ((resolve & (RESOLVE_BENEATH | RESOLVE_IN_ROOT)) === 0) {
    const location = paths.find(directory, path)
    return typeof location === 'number'
      ? location
      : openFile(given, { ...wanted, path, location: { ...location, restrictions } })
  }
  if (path === '') return -ENOENT
  const base = paths.openDescriptor(directory)
  if (base < 0) return base
  return tracee.using(base, (fd) => {
    if ((tracee.status(fd).mode & S_IFMT) !== S_IFDIR) return -ENOTDIR
    return openFile(given, { ...wanted, path, location: findBelow(paths, fd, { path, restrictions }) })
  })
}

/** Flags of open(2), and the mode of a new file. */
interface Wanted {
  readonly flags: number
  readonly mode: number
}

function open(given: Confinement, { directory, path: argument }: Named, wanted: Wanted): Answer {
  const path = given.tracee.readString(given.tracee.listener.address(argument))
  const location = given.paths.find(directory, path)
  return typeof location === 'number' ? location : openFile(given, { ...wanted, path, location })
}

/** A file to be opened. */
interface Opening extends Wanted {
  /** As the caller names it. */
  readonly path: string
  readonly location: Location
}

function openFile(given: Confinement, opening: Opening): Answer {
  const { flags } = opening
  const closeOnExec = (flags & O_CLOEXEC) !== 0
  if ((flags & O_PATH) !== 0) return opened(openPath(given, opening), closeOnExec)
  if ((flags & O_TMPFILE) !== 0) return openAnonymous(given, opening)
  const creates = (flags & O_CREAT) !== 0
  // A directory may be opened with O_CREAT only to learn that it is one.
  if (creates && (flags & openFlags[given.arch].directory) !== 0) return -EINVAL
  for (let tries = 0; ; tries += 1) {
    const fd =
      creates && (flags & O_EXCL) !== 0
        ? -ENOENT
        : openExisting(given, { ...opening, flags: flags & ~(O_CREAT | O_EXCL) })
    if (typeof fd !== 'number') return fd
    if (fd !== -ENOENT || !creates) return opened(fd, closeOnExec)
    const made = create(given, { ...opening, follow: tries > 0 && (flags & O_EXCL) === 0 })
    // Another process has made it, or there is a symlink that leads to nothing yet.
    if (made !== -EEXIST || (flags & O_EXCL) !== 0 || tries > 8) return opened(made, closeOnExec)
  }
}

function opened(fd: number, closeOnExec: boolean): Answer {
  return fd < 0 ? fd : { fd, closeOnExec }
}

/** Descriptors with `O_PATH` cannot be given away: files and directories are opened to be read. */
function openPath({ tracee, paths }: Confinement, { location, flags }: Opening): number {
  const found = paths.openAt(location, flags)
  if (found < 0) return found
  const type = tracee.status(found).mode & S_IFMT
  if (type !== S_IFDIR && type !== S_IFREG) return paths.standIns.make(found)
  return tracee.using(found, () =>
    tracee.system.call('openat', AT_FDCWD, tracee.pathAt(`/proc/thread-self/fd/${found}`), O_NONBLOCK | O_CLOEXEC),
  )
}

function openExisting(given: Confinement, opening: Opening): Answer {
  const { tracee, paths, caller, permissions } = given
  const { location, flags } = opening
  // No file may block the supervisor, or become its terminal.
  const now = (flags & ~O_CLOEXEC) | O_NONBLOCK | O_NOCTTY
  const writes = (flags & O_ACCMODE) !== O_RDONLY || (flags & O_TRUNC) !== 0
  if (caller.credentials.privileged && !writes && !given.ledger.hasDevices)
    return settle(given, paths.openAt(location, now), opening)
  const found = paths.openAt(location, O_PATH | (flags & openFlags[given.arch].noFollow))
  if (found < 0) return found
  return tracee.using(found, () => {
    const access = [READ, WRITE, READ | WRITE, READ | WRITE][flags & O_ACCMODE] ?? READ
    const status = tracee.status(found)
    const wanted = access | ((flags & O_TRUNC) === 0 ? 0 : WRITE)
    const isInProc = !caller.credentials.privileged && paths.nameOf(found)?.startsWith('/proc/') === true
    const refused = isInProc ? 0 : permissions.check(caller.credentials, status, wanted)
    if (refused !== 0) return refused
    // The file system of an image has no devices that can be opened (mount(2), MS_NODEV).
    if (permissions.entry(status)?.device !== undefined) return -EACCES
    if (writes && isRunning(given, status))
      return (flags & O_TRUNC) !== 0 && paths.isReadonly(found) ? -EROFS : -ETXTBSY
    if ((flags & O_TRUNC) !== 0) clearSetIds(given, status)
    return settle(given, paths.openAt(location, now), opening)
  })
}

/** True for the program of a process, to which nothing is written. */
function isRunning({ processes }: Confinement, file: FileStatus): boolean {
  return processes.isExecuted(file)
}

/**
 * Gives an open file the state that the caller requests. A named pipe that has no other end yet is
 * opened later.
 */
function settle(given: Confinement, fd: number, opening: Opening): Answer {
  const { tracee } = given
  const { path, flags } = opening
  const mayWait = (flags & O_NONBLOCK) === 0
  if (fd === -ENXIO && mayWait && (flags & O_ACCMODE) === O_WRONLY) return waitForReader(given, opening)
  if (fd >= 0 && path.endsWith('/ptmx')) showTerminal(given, fd)
  if (fd < 0 || !mayWait) return fd
  // It waits for a writer. A writer has found its reader here already.
  if ((flags & O_ACCMODE) === O_RDONLY && isPipe(given, fd, opening))
    return given.waitingPipes.add({ fd, end: 'read', flags })
  tracee.system.call('fcntl', fd, F_SETFL, flags & ~(O_NONBLOCK | O_CREAT | O_EXCL | O_TRUNC | O_NOCTTY))
  return fd
}

const F_SETFL = 4

function isPipe({ tracee, paths }: Confinement, fd: number, { location }: Opening): boolean {
  const path = location.restrictions === undefined ? location.text : ''
  const state = paths.places.stateOf(path)
  if (state === 'plain') return false
  const { mode } = tracee.status(fd)
  // Known to be no symlink: its own type is that of the open file.
  if (state === 'present') paths.places.note({ path }, mode)
  return (mode & S_IFMT) === S_IFIFO
}

function waitForReader({ paths, waitingPipes }: Confinement, { location, flags }: Opening): Answer {
  const pipe = paths.openAt(location, O_PATH)
  return pipe < 0 ? pipe : waitingPipes.add({ fd: pipe, end: 'write', flags })
}

function create(given: Confinement, { location, flags, mode, follow }: Opening & { readonly follow: boolean }): number {
  const { tracee, paths, caller } = given
  const make = ({ parent, name }: Place): number => {
    const all = flags | O_CREAT | O_EXCL | O_CLOEXEC | openFlags[given.arch].noFollow
    const fd = tracee.system.call('openat', parent, tracee.pathAt(name), all, diskMode(mode & ~caller.umask, 'file'))
    if (fd >= 0) record(given, { fd, parent, mode: mode & 0o7777 })
    return fd
  }
  return follow ? paths.inFinalParentAt(location, make) : paths.inParentAt(location, make)
}

function openAnonymous(given: Confinement, { location, flags, mode }: Opening): Answer {
  const { paths, caller, tracee } = given
  const parent = paths.lookToChangeAt(location)
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
