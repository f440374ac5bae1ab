import {
  AT_EACCESS,
  AT_EMPTY_PATH,
  AT_FDCWD,
  AT_SYMLINK_NOFOLLOW,
  EACCES,
  EBADF,
  EINVAL,
  ENOENT,
  EROFS,
  S_IFBLK,
  S_IFCHR,
  S_IFDIR,
  S_IFLNK,
  S_IFMT,
  statusFlags,
} from '../../listener/kernel.ts'
import type { LedgerDevice, LedgerEntry } from '../../ledger/ledger.ts'
import type { Answer } from '../../listener/notification.ts'
import { statLayout } from '../../listener/stat-layout.ts'
import { readWord } from '../../listener/words.ts'
import type { FileStatus } from '../../listener/tracee.ts'
import type { Arch } from '../../machine/machine-code.ts'
import type { ConfinedHandlers, Confinement, Named, NamedWithFlags } from '../context.ts'
import { effective, EXECUTE, WRITE } from '../permissions.ts'

/** Calls that ask what a file is. Owners, modes and devices are those of the ledger. */
export const statusHandlers: ConfinedHandlers = {
  stat: (given) => show(given, { directory: AT_FDCWD, path: 0, flags: 0 }, stat(1)),
  lstat: (given) => show(given, { directory: AT_FDCWD, path: 0, flags: AT_SYMLINK_NOFOLLOW }, stat(1)),
  fstat: (given) => showOpen(given, given.tracee.listener.int(0), stat(1)),
  newfstatat: (given) => {
    const { listener } = given.tracee
    return show(given, { directory: listener.int(0), path: 1, flags: listener.int(3) }, stat(2))
  },
  statx: (given) =>
    show(given, { directory: given.tracee.listener.int(0), path: 1, flags: given.tracee.listener.int(2) }, statx),
  access: (given) => access(given, { directory: AT_FDCWD, path: 0 }, { mode: given.tracee.listener.int(1), flags: 0 }),
  faccessat: (given) =>
    access(
      given,
      { directory: given.tracee.listener.int(0), path: 1 },
      { mode: given.tracee.listener.int(2), flags: 0 },
    ),
  faccessat2: (given) => {
    const { listener } = given.tracee
    return access(given, { directory: listener.int(0), path: 1 }, { mode: listener.int(2), flags: listener.int(3) })
  },
  readlink: (given) => readLink(given, { directory: AT_FDCWD, path: 0 }, 1),
  readlinkat: (given) => readLink(given, { directory: given.tracee.listener.int(0), path: 1 }, 2),
  statfs: ({ tracee, paths }) => {
    const fd = paths.look(AT_FDCWD, tracee.readString(tracee.listener.address(0)), true)
    if (fd < 0) return fd
    return tracee.using(fd, () => {
      const result = tracee.system.call('fstatfs', fd, tracee.stat.address)
      if (result === 0) tracee.write(tracee.listener.address(1), tracee.stat, statfsSize)
      return result
    })
  },
}

/** struct statfs of a 64-bit processor. */
const statfsSize = 120

/** One of the structures that tell the status of a file. */
interface Form {
  /** Asks the kernel. Returns a negated errno, as the next one does. */
  ask(given: Confinement, file: ShownFile): number
  /** Writes the answer of the kernel, with what the ledger says, to the caller. */
  tell(given: Confinement): number
  /** File that the answer is about. */
  file(given: Confinement): Pick<FileStatus, 'dev' | 'ino' | 'mode'>
}

/** A file by a path, or by a descriptor and an empty path. */
interface ShownFile {
  readonly fd: number
  readonly path: string
  readonly flags: number
}

function show(given: Confinement, { directory, path, flags }: NamedWithFlags, form: Form): number {
  const { tracee, paths } = given
  if ((flags & ~statusFlags) !== 0) return -EINVAL
  const address = tracee.listener.address(path)
  // Since Linux 6.11 an empty path may be a null pointer.
  const name = address === 0 && (flags & AT_EMPTY_PATH) !== 0 ? '' : tracee.readString(address)
  if (name === '' && (flags & AT_EMPTY_PATH) !== 0) {
    if (directory !== AT_FDCWD) return showOpen(given, directory, form)
    return showFile(given, { fd: given.caller.cwd.fd, path: '', flags: AT_EMPTY_PATH }, form)
  }
  const follow = (flags & AT_SYMLINK_NOFOLLOW) === 0
  if (paths.places.stateOf(name) === 'missing') return -ENOENT
  if (isFoundByName(given, { directory, name, follow }, form)) return form.tell(given)
  const place = paths.places.ofPath(name)
  if (typeof place === 'number') return place
  if (place !== undefined) {
    const result = form.ask(given, { fd: place.parent, path: place.name, flags: AT_SYMLINK_NOFOLLOW })
    paths.places.note(place, result < 0 ? result : seenType(given, form.file(given)))
    if (result < 0) return result
    if (!follow || (form.file(given).mode & S_IFMT) !== S_IFLNK) return form.tell(given)
  }
  const fd = paths.look(directory, name, follow)
  return fd < 0 ? fd : tracee.using(fd, () => showFile(given, { fd, path: '', flags: AT_EMPTY_PATH }, form))
}

function showFile(given: Confinement, file: ShownFile, form: Form): number {
  const result = form.ask(given, file)
  return result < 0 ? result : form.tell(given)
}

function showOpen(given: Confinement, descriptor: number, form: Form): number {
  const path = `/proc/${given.tracee.listener.thread}/fd/${descriptor}`
  const result = showFile(given, { fd: AT_FDCWD, path, flags: 0 }, form)
  return result === -ENOENT ? -EBADF : result
}

/**
 * Asks about a name in an open directory, the usual case: it is enough unless a mount covers the
 * name, the name is a symlink to follow, or the caller may not search the directory.
 */
function isFoundByName(
  given: Confinement,
  { directory, name, follow }: { readonly directory: number; readonly name: string; readonly follow: boolean },
  form: Form,
): boolean {
  const { caller, tracee, coveredFiles } = given
  if (!caller.credentials.privileged || name.includes('/') || name === '' || name === '.' || name === '..') return false
  const place =
    directory === AT_FDCWD
      ? { fd: caller.cwd.fd, path: name }
      : { fd: AT_FDCWD, path: `/proc/${tracee.listener.thread}/fd/${directory}/${name}` }
  if (form.ask(given, { ...place, flags: AT_SYMLINK_NOFOLLOW }) < 0) return false
  const file = form.file(given)
  return !(follow && (file.mode & S_IFMT) === S_IFLNK) && !coveredFiles.has(file)
}

function stat(argument: number): Form {
  return {
    ask: ({ tracee }, { fd, path, flags }) =>
      tracee.system.call('newfstatat', fd, tracee.pathAt(path), tracee.stat.address, flags),
    file: ({ tracee, arch }) => readStat(tracee.stat.bytes, arch),
    tell: ({ tracee, arch, permissions, ledger }) => {
      const { bytes } = tracee.stat
      const at = statLayout[arch]
      const { dev, ino, mode } = readStat(bytes, arch)
      const entry = ledger.get(dev, ino)
      bytes.writeUInt32LE(entry?.uid ?? permissions.uid(bytes.readUInt32LE(at.uid)), at.uid)
      bytes.writeUInt32LE(entry?.gid ?? permissions.gid(bytes.readUInt32LE(at.gid)), at.gid)
      bytes.writeUInt32LE(seenMode(mode, entry), at.mode)
      if (entry?.device !== undefined) bytes.writeBigUInt64LE(deviceNumber(entry.device), at.rdev)
      tracee.write(tracee.listener.address(argument), tracee.stat, at.size)
      return 0
    },
  }
}

/** struct stat begins in the same way on every processor. */
function readStat(bytes: Buffer, arch: Arch): Pick<FileStatus, 'dev' | 'ino' | 'mode'> {
  return { dev: readWord(bytes, 0), ino: readWord(bytes, 8), mode: bytes.readUInt32LE(statLayout[arch].mode) }
}

const STATX_SYNC_TYPE = 0x6000

const statx: Form = {
  ask: ({ tracee }, { fd, path, flags }) => {
    const { listener, system } = tracee
    const all = flags | (listener.int(2) & STATX_SYNC_TYPE)
    return system.call('statx', fd, tracee.pathAt(path), all, listener.uint(3) | 0x7ff, tracee.statx.address)
  },
  file: ({ tracee }) => tracee.lastStatus(),
  tell: ({ tracee, permissions }) => {
    const { bytes } = tracee.statx
    const entry = permissions.entry(tracee.lastStatus())
    bytes.writeUInt32LE(entry?.uid ?? permissions.uid(bytes.readUInt32LE(20)), 20)
    bytes.writeUInt32LE(entry?.gid ?? permissions.gid(bytes.readUInt32LE(24)), 24)
    bytes.writeUInt16LE(seenMode(bytes.readUInt16LE(28), entry), 28)
    if (entry?.device !== undefined) {
      bytes.writeUInt32LE(entry.device.major, 128)
      bytes.writeUInt32LE(entry.device.minor, 132)
    }
    tracee.write(tracee.listener.address(4), tracee.statx, bytes.length)
    return 0
  },
}

/** Type of a file on disk, but for devices of the ledger. */
function seenType({ ledger }: Confinement, { dev, ino, mode }: Pick<FileStatus, 'dev' | 'ino' | 'mode'>): number {
  return ledger.get(dev, ino)?.device === undefined ? mode & S_IFMT : S_IFCHR
}

function seenMode(mode: number, entry: LedgerEntry | undefined): number {
  const type = entry?.device === undefined ? mode & S_IFMT : entry.device.kind === 'block' ? S_IFBLK : S_IFCHR
  return type | (entry?.mode ?? mode & 0o7777)
}

/** st_rdev: the minor number around the major one. */
function deviceNumber({ major, minor }: LedgerDevice): bigint {
  return (BigInt(minor) & 0xffn) | (BigInt(major) << 8n) | ((BigInt(minor) >> 8n) << 20n)
}

/** access(2): by the real ids, root is refused only a file without any permission to execute. */
function access(given: Confinement, { directory, path }: Named, wanted: Access): number {
  const { tracee, paths } = given
  const { mode, flags } = wanted
  if ((mode & ~7) !== 0 || (flags & ~(AT_EACCESS | AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH)) !== 0) return -EINVAL
  const name = tracee.readString(tracee.listener.address(path))
  const known = accessAtPlace(given, name, wanted)
  if (known !== undefined) return known
  const isDescriptor = name === '' && (flags & AT_EMPTY_PATH) !== 0
  const fd = isDescriptor
    ? paths.openDescriptor(directory)
    : paths.look(directory, name, (flags & AT_SYMLINK_NOFOLLOW) === 0)
  if (fd < 0) return fd
  return tracee.using(fd, () => {
    const status = tracee.status(fd)
    return (mode & WRITE) !== 0 && paths.isReadonly(fd) ? -EROFS : accessTo(given, status, wanted)
  })
}

interface Access {
  readonly mode: number
  readonly flags: number
}

/** The answer about a file in the root directory, which is not read-only; undefined for others. */
function accessAtPlace(given: Confinement, path: string, wanted: Access): number | undefined {
  const { tracee, caller, paths } = given
  const state = paths.places.stateOf(path)
  if (state === 'missing') return -ENOENT
  // Root may read and write all files.
  if (state !== undefined && (wanted.mode & EXECUTE) === 0 && caller.credentials.user.real === 0) return 0
  const place = paths.places.ofPath(path)
  if (typeof place !== 'object') return place
  const { address } = tracee.statx
  const name = tracee.pathAt(place.name)
  const result = tracee.system.call('statx', place.parent, name, AT_SYMLINK_NOFOLLOW, 0x7ff, address)
  if (result < 0) {
    paths.places.note(place, result)
    return result
  }
  const status = tracee.lastStatus()
  if ((status.mode & S_IFMT) === S_IFLNK) return undefined
  paths.places.note(place, seenType(given, status))
  return accessTo(given, status, wanted)
}

function accessTo({ caller, permissions }: Confinement, status: FileStatus, { mode, flags }: Access): number {
  const { credentials } = caller
  const ids =
    (flags & AT_EACCESS) === 0
      ? { ...effective(credentials), uid: credentials.user.real, gid: credentials.group.real }
      : effective(credentials)
  if (ids.uid !== 0) return permissions.allows(status, mode, ids) ? 0 : -EACCES
  const isFile = (status.mode & S_IFMT) !== S_IFDIR
  return isFile && (mode & EXECUTE) !== 0 && (permissions.see(status).mode & 0o111) === 0 ? -EACCES : 0
}

function readLink(given: Confinement, { directory, path }: Named, argument: number): Answer {
  const { tracee, paths } = given
  const room = tracee.listener.int(argument + 1)
  if (room <= 0) return -EINVAL
  const name = tracee.readString(tracee.listener.address(path))
  const text = name === '' ? readOpenLink(given, directory) : paths.linkAt(directory, name)
  if (typeof text === 'number') return text
  const size = Math.min(room, text.length)
  if (size > 0) tracee.writeText(tracee.listener.address(argument), text.slice(0, size))
  return size
}

/** The link that a descriptor itself refers to. */
function readOpenLink({ paths, tracee }: Confinement, directory: number): string | number {
  const fd = paths.openDescriptor(directory)
  return fd < 0 ? fd : tracee.using(fd, () => paths.readLink(fd, ''))
}
