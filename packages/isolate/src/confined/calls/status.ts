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
  S_IFMT,
} from '../../ledger/kernel.ts'
import type { LedgerDevice, LedgerEntry } from '../../ledger/ledger.ts'
import type { Answer } from '../../ledger/notification.ts'
import { statLayout } from '../../ledger/statuses.ts'
import { readWord } from '../../ledger/words.ts'
import type { ConfinedHandlers, Confinement, Named, NamedWithFlags } from '../context.ts'
import { effective, EXECUTE } from '../permissions.ts'

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

/** Writes the status of a file, opened or at a path, to the caller. */
type Show = (given: Confinement, file: ShownFile) => number

/** A file by a path, or by a descriptor and an empty path. */
interface ShownFile {
  readonly fd: number
  readonly path: string
  readonly flags: number
}

function show(given: Confinement, { directory, path, flags }: NamedWithFlags, write: Show): number {
  const { tracee, paths } = given
  const address = tracee.listener.address(path)
  // Since Linux 6.11 an empty path may be a null pointer.
  const name = address === 0 && (flags & AT_EMPTY_PATH) !== 0 ? '' : tracee.readString(address)
  if (name === '' && (flags & AT_EMPTY_PATH) !== 0) {
    if (directory !== AT_FDCWD) return showOpen(given, directory, write)
    return write(given, { fd: given.caller.cwd.fd, path: '', flags: AT_EMPTY_PATH })
  }
  const fd = paths.look(directory, name, (flags & AT_SYMLINK_NOFOLLOW) === 0)
  return fd < 0 ? fd : tracee.using(fd, () => write(given, { fd, path: '', flags: AT_EMPTY_PATH }))
}

function showOpen(given: Confinement, descriptor: number, write: Show): number {
  const result = write(given, {
    fd: AT_FDCWD,
    path: `/proc/${given.tracee.listener.thread}/fd/${descriptor}`,
    flags: 0,
  })
  return result === -ENOENT ? -EBADF : result
}

function stat(argument: number): Show {
  return ({ tracee, arch, permissions, ledger }, { fd, path, flags }) => {
    const { bytes, address } = tracee.stat
    const result = tracee.system.call('newfstatat', fd, tracee.pathAt(path), address, flags)
    if (result < 0) return result
    const at = statLayout[arch]
    const entry = ledger.get(readWord(bytes, 0), readWord(bytes, 8))
    bytes.writeUInt32LE(entry?.uid ?? permissions.uid(bytes.readUInt32LE(at.uid)), at.uid)
    bytes.writeUInt32LE(entry?.gid ?? permissions.gid(bytes.readUInt32LE(at.gid)), at.gid)
    bytes.writeUInt32LE(seenMode(bytes.readUInt32LE(at.mode), entry), at.mode)
    if (entry?.device !== undefined) bytes.writeBigUInt64LE(deviceNumber(entry.device), at.rdev)
    tracee.write(tracee.listener.address(argument), tracee.stat, at.size)
    return 0
  }
}

const STATX_SYNC_TYPE = 0x6000

const statx: Show = ({ tracee, permissions }, { fd, path, flags }) => {
  const { listener, statx: memory, system } = tracee
  const all = flags | (listener.int(2) & STATX_SYNC_TYPE)
  const result = system.call('statx', fd, tracee.pathAt(path), all, listener.uint(3) | 0x7ff, memory.address)
  if (result < 0) return result
  const { bytes } = memory
  const entry = permissions.entry(tracee.lastStatus())
  bytes.writeUInt32LE(entry?.uid ?? permissions.uid(bytes.readUInt32LE(20)), 20)
  bytes.writeUInt32LE(entry?.gid ?? permissions.gid(bytes.readUInt32LE(24)), 24)
  bytes.writeUInt16LE(seenMode(bytes.readUInt16LE(28), entry), 28)
  if (entry?.device !== undefined) {
    bytes.writeUInt32LE(entry.device.major, 128)
    bytes.writeUInt32LE(entry.device.minor, 132)
  }
  tracee.write(listener.address(4), memory, bytes.length)
  return 0
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
function access(
  given: Confinement,
  { directory, path }: Named,
  { mode, flags }: { readonly mode: number; readonly flags: number },
): number {
  const { tracee, paths, caller, permissions } = given
  if ((mode & ~7) !== 0) return -EINVAL
  const name = tracee.readString(tracee.listener.address(path))
  const isDescriptor = name === '' && (flags & AT_EMPTY_PATH) !== 0
  const fd = isDescriptor
    ? paths.openDescriptor(directory)
    : paths.look(directory, name, (flags & AT_SYMLINK_NOFOLLOW) === 0)
  if (fd < 0) return fd
  return tracee.using(fd, () => {
    const status = tracee.status(fd)
    const { credentials } = caller
    const ids =
      (flags & AT_EACCESS) === 0
        ? { ...effective(credentials), uid: credentials.user.real, gid: credentials.group.real }
        : effective(credentials)
    if ((mode & 2) !== 0 && paths.isReadonly(fd)) return -EROFS
    if (ids.uid !== 0) return permissions.allows(status, mode, ids) ? 0 : -EACCES
    const isFile = (status.mode & S_IFMT) !== S_IFDIR
    return isFile && (mode & EXECUTE) !== 0 && (permissions.see(status).mode & 0o111) === 0 ? -EACCES : 0
  })
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
