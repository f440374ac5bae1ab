import type { Credentials } from '../listener/credentials.ts'
import type { Handlers, Supervision } from './handler.ts'
import {
  AT_FDCWD,
  EEXIST,
  EPERM,
  O_CLOEXEC,
  O_CREAT,
  O_EXCL,
  O_TMPFILE,
  S_IFMT,
  S_IFREG,
  S_ISGID,
} from '../listener/kernel.ts'
import { requestedDevice } from './devices.ts'
import type { LedgerDevice } from './ledger.ts'
import type { Answer } from '../listener/notification.ts'
import { hasName } from './name-permissions.ts'
import { readSocketPath } from './socket-path.ts'
import { type FileStatus } from '../listener/tracee.ts'

/**
 * Calls that make a file. The supervisor makes it where the kernel would give it another owner, or
 * refuse it: for a user other than root, in a directory that passes its group on, and a device. The
 * kernel does all the rest.
 */
export const creationHandlers: Handlers = {
  open: (given) =>
    open(given, {
      directory: AT_FDCWD,
      path: 0,
      flags: given.tracee.listener.int(1),
      mode: given.tracee.listener.uint(2),
    }),
  creat: (given) => open(given, { directory: AT_FDCWD, path: 0, flags: 0o1101, mode: given.tracee.listener.uint(1) }),
  openat: (given) => {
    const { listener } = given.tracee
    return open(given, { directory: listener.int(0), path: 1, flags: listener.int(2), mode: listener.uint(3) })
  },
  openat2: openHow,
  mkdir: (given) => makeDirectory(given, { directory: AT_FDCWD, path: 0, mode: given.tracee.listener.uint(1) }),
  mkdirat: (given) =>
    makeDirectory(given, { directory: given.tracee.listener.int(0), path: 1, mode: given.tracee.listener.uint(2) }),
  symlink: (given) => makeSymlink(given, { directory: AT_FDCWD, path: 1 }),
  symlinkat: (given) => makeSymlink(given, { directory: given.tracee.listener.int(1), path: 2 }),
  mknod: (given) => makeNode(given, { directory: AT_FDCWD, path: 0, mode: given.tracee.listener.uint(1) }),
  mknodat: (given) =>
    makeNode(given, { directory: given.tracee.listener.int(0), path: 1, mode: given.tracee.listener.uint(2) }),
  bind,
}

interface Named {
  readonly directory: number
  /** Index of the argument. */
  readonly path: number
}

/** A name that has been read. */
interface ReadName {
  readonly directory: number
  readonly text: string
}

interface NewFile extends Named {
  readonly mode: number
}

/** Directory and name of a new file, and its owner. */
interface Place {
  readonly parent: number
  readonly name: string
  readonly uid: number
  readonly gid: number
}

function open(given: Supervision, { flags, mode, ...named }: NewFile & { readonly flags: number }): Answer {
  // The kernel opens what exists; anonymous files (O_TMPFILE) are made in the directory itself.
  if ((flags & O_TMPFILE) !== 0) return openAnonymous(given, { flags, mode, ...named })
  if ((flags & O_CREAT) === 0) return 'continue'
  return inForeignPlace(given, named, (place) => {
    const { tracee } = given
    const wanted = mode & ~tracee.umask & 0o7777
    const fd = tracee.system.call(
      'openat',
      place.parent,
      tracee.pathAt(place.name),
      flags | O_CREAT | O_EXCL | O_CLOEXEC,
      wanted,
    )
    if (fd === -EEXIST && (flags & O_EXCL) === 0) return 'continue'
    if (fd < 0) return fd
    record(given, place, tracee.status(fd))
    return { fd, closeOnExec: (flags & O_CLOEXEC) !== 0 }
  })
}

/** struct open_how: flags, mode, resolve. */
function openHow(given: Supervision): Answer {
  const { tracee } = given
  const { listener } = tracee
  const how = tracee.read(listener.address(2), 24)
  const [flags, mode, resolve] = [how.readUInt32LE(0), how.readUInt32LE(8), how.readUInt32LE(16)]
  // A restricted path is left to the kernel: programs that restrict paths keep their new files.
  if (resolve !== 0) return 'continue'
  return open(given, { directory: listener.int(0), path: 1, flags, mode })
}

function openAnonymous(
  given: Supervision,
  { directory, path, flags, mode }: NewFile & { readonly flags: number },
): Answer {
  const { tracee, credentials } = given
  const owner = newOwner(credentials.get(tracee.listener.thread))
  if (isRoot(owner)) return 'continue'
  return tracee.using(tracee.open(directory, tracee.readString(tracee.listener.address(path)), true), (parent) => {
    const wanted = mode & ~tracee.umask & 0o7777
    const fd = tracee.system.call('openat', parent, tracee.pathAt('.'), flags | O_CLOEXEC, wanted)
    if (fd < 0) return fd
    record(given, owner, tracee.status(fd))
    return { fd, closeOnExec: (flags & O_CLOEXEC) !== 0 }
  })
}

function makeDirectory(given: Supervision, { mode, ...named }: NewFile): Answer {
  return makeOther(given, named, ({ parent, name }) => {
    const { tracee } = given
    const wanted = mode & ~tracee.umask & 0o1777
    return tracee.system.call('mkdirat', parent, tracee.pathAt(name), wanted)
  })
}

function makeSymlink(given: Supervision, named: Named): Answer {
  const target = given.tracee.readString(given.tracee.listener.address(0))
  return makeOther(given, named, ({ parent, name }) => {
    const { tracee } = given
    const text = tracee.textAt(target)
    return tracee.system.call('symlinkat', text, parent, tracee.pathAt(name))
  })
}

/** mknod(2). Devices become empty files. */
function makeNode(given: Supervision, { mode, ...named }: NewFile): Answer {
  const { tracee } = given
  const device = requestedDevice(mode, tracee.listener.uint(named.path + 2))
  const make = ({ parent, name }: Place): number => {
    const wanted = (device === undefined ? mode & S_IFMT : S_IFREG) | (mode & ~tracee.umask & 0o7777)
    return tracee.system.call('mknodat', parent, tracee.pathAt(name), wanted, 0)
  }
  if (device === undefined) return makeOther(given, named, make)
  if (!given.credentials.get(tracee.listener.thread).privileged) return -EPERM
  return inPlace(given, named, (place) => makeAndRecord(given, { ...place, device }, make))
}

function makeOther(given: Supervision, named: Named, make: (place: Place) => number): Answer {
  return inForeignPlace(given, named, (place) => makeAndRecord(given, place, make))
}

function makeAndRecord(
  given: Supervision,
  place: Place & { readonly device?: LedgerDevice },
  make: (place: Place) => number,
): number {
  const result = make(place)
  if (result === 0) record(given, place, given.tracee.lookAtName(place.parent, place.name))
  return result
}

function record(
  { ledger }: Supervision,
  { uid, gid, device }: Owner & { readonly device?: LedgerDevice },
  { dev, ino }: FileStatus,
): void {
  ledger.set(dev, ino, { uid, gid, ...(device !== undefined && { device }) })
}

interface Owner {
  readonly uid: number
  readonly gid: number
}

function isRoot({ uid, gid }: Owner): boolean {
  return uid === 0 && gid === 0
}

function newOwner({ user, group }: Credentials): Owner {
  return { uid: user.effective, gid: group.effective }
}

/** Leaves what belongs to root to the kernel. */
function inForeignPlace(given: Supervision, named: Named | ReadName, use: (place: Place) => Answer): Answer {
  // Without an entry no directory has a group to pass on.
  if (given.ledger.isEmpty && isRoot(newOwner(given.credentials.get(given.tracee.listener.thread)))) return 'continue'
  return inPlace(given, named, (place) => (isRoot(place) ? 'continue' : use(place)))
}

/** bind(2) of a UNIX socket to a path makes a file. */
function bind(given: Supervision): Answer {
  const { tracee, boundSockets } = given
  const path = readSocketPath(given)
  if (path === undefined || boundSockets === undefined) return 'continue'
  return inForeignPlace(given, { directory: AT_FDCWD, text: path }, ({ parent, name, uid, gid }) => {
    const directory = hasName(given, parent, name) ? -EEXIST : tracee.system.call('fcntl', parent, F_DUPFD_CLOEXEC, 0)
    if (directory >= 0)
      boundSockets.expect(tracee.listener.thread, {
        parent: directory,
        name,
        record: (file) => record(given, { uid, gid }, file),
      })
    return 'continue'
  })
}

const F_DUPFD_CLOEXEC = 1030

/**
 * Finds the directory of a new file and the owner it gets: the process's, with the directory's
 * group where that is passed on.
 */
function inPlace(given: Supervision, named: Named | ReadName, use: (place: Place) => Answer): Answer {
  const { tracee, ledger, credentials } = given
  const owner = newOwner(credentials.get(tracee.listener.thread))
  const text = 'text' in named ? named.text : tracee.readString(tracee.listener.address(named.path))
  return tracee.inParent(named.directory, text, (parent, name) => {
    const { dev, ino, mode } = tracee.status(parent)
    const gid = (mode & S_ISGID) === 0 ? owner.gid : (ledger.get(dev, ino)?.gid ?? 0)
    return use({ parent, name, uid: owner.uid, gid })
  })
}
