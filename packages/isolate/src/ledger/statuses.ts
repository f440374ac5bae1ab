import type { Handler, Handlers, Supervision } from './handler.ts'
import { AT_EMPTY_PATH, AT_FDCWD, AT_SYMLINK_NOFOLLOW, S_IFBLK, S_IFCHR } from '../listener/kernel.ts'
import type { LedgerDevice, LedgerEntry } from './ledger.ts'
import type { Answer } from '../listener/notification.ts'
import { statLayout } from '../listener/stat-layout.ts'

/**
 * stat(2) and its relatives: files in the ledger show what it records, the kernel answers for all
 * others.
 */
export const statusHandlers: Handlers = {
  stat: inLedger((given) => showNamed(given, { directory: AT_FDCWD, path: 0, flags: 0 }, showStat(1))),
  lstat: inLedger((given) =>
    showNamed(given, { directory: AT_FDCWD, path: 0, flags: AT_SYMLINK_NOFOLLOW }, showStat(1)),
  ),
  fstat: inLedger((given) => showOpen(given, given.tracee.listener.int(0), showStat(1))),
  newfstatat: inLedger((given) => {
    const { listener } = given.tracee
    return showNamed(given, { directory: listener.int(0), path: 1, flags: listener.int(3) }, showStat(2))
  }),
  statx: inLedger((given) => {
    const { listener } = given.tracee
    const flags = listener.int(2)
    // Since Linux 6.11 an empty path may be a null pointer.
    if (listener.address(1) === 0) return showOpen(given, listener.int(0), showStatx)
    return showNamed(given, { directory: listener.int(0), path: 1, flags }, showStatx)
  }),
}

/** Writes the status of an open file, with what the ledger says, to the caller. */
type Show = (given: Supervision, fd: number, entry: LedgerEntry) => Answer

/** An empty ledger changes no answer, so the file need not be looked up. */
function inLedger(handler: Handler): Handler {
  return (given) => (given.ledger.isEmpty ? 'continue' : handler(given))
}

interface Named {
  readonly directory: number
  /** Index of the argument. */
  readonly path: number
  readonly flags: number
}

function showNamed(given: Supervision, { directory, path, flags }: Named, show: Show): Answer {
  const { tracee, ledger } = given
  const name = tracee.readString(tracee.listener.address(path))
  if (name === '') return (flags & AT_EMPTY_PATH) === 0 ? 'continue' : showOpen(given, directory, show)
  const follow = (flags & AT_SYMLINK_NOFOLLOW) === 0
  const { dev, ino } = tracee.lookAt(directory, name, follow)
  const entry = ledger.get(dev, ino)
  if (entry === undefined) return 'continue'
  return tracee.using(tracee.open(directory, name, follow), (fd) => show(given, fd, entry))
}

function showOpen(given: Supervision, descriptor: number, show: Show): Answer {
  const { tracee, ledger } = given
  const { dev, ino } = tracee.lookAtDescriptor(descriptor)
  const entry = ledger.get(dev, ino)
  return entry === undefined
    ? 'continue'
    : tracee.using(tracee.openDescriptor(descriptor), (fd) => show(given, fd, entry))
}

function showStat(result: number): Show {
  return ({ arch, tracee }, fd, entry) => {
    const at = statLayout[arch]
    const { bytes, address } = tracee.stat
    const error = tracee.system.call('newfstatat', fd, tracee.pathAt(''), address, AT_EMPTY_PATH)
    if (error < 0) return error
    bytes.writeUInt32LE(entry.uid, at.uid)
    bytes.writeUInt32LE(entry.gid, at.gid)
    if (entry.device !== undefined) {
      bytes.writeUInt32LE(deviceMode(entry.device, bytes.readUInt32LE(at.mode)), at.mode)
      bytes.writeBigUInt64LE(deviceNumber(entry.device), at.rdev)
    }
    tracee.write(tracee.listener.address(result), tracee.stat, at.size)
    return 0
  }
}

const showStatx: Show = ({ tracee }, fd, entry) => {
  const { listener, statx } = tracee
  const flags = (listener.int(2) & AT_STATX_SYNC_TYPE) | AT_EMPTY_PATH
  const error = tracee.system.call('statx', fd, tracee.pathAt(''), flags, listener.uint(3), statx.address)
  if (error < 0) return error
  const { bytes } = statx
  bytes.writeUInt32LE(entry.uid, 20)
  bytes.writeUInt32LE(entry.gid, 24)
  if (entry.device !== undefined) {
    bytes.writeUInt16LE(deviceMode(entry.device, bytes.readUInt16LE(28)), 28)
    bytes.writeUInt32LE(entry.device.major, 128)
    bytes.writeUInt32LE(entry.device.minor, 132)
  }
  tracee.write(listener.address(4), statx, bytes.length)
  return 0
}

const AT_STATX_SYNC_TYPE = 0x6000

function deviceMode({ kind }: LedgerDevice, mode: number): number {
  return (kind === 'block' ? S_IFBLK : S_IFCHR) | (mode & 0o7777)
}

/** st_rdev: the minor number around the major one. */
function deviceNumber({ major, minor }: LedgerDevice): bigint {
  return (BigInt(minor) & 0xffn) | (BigInt(major) << 8n) | ((BigInt(minor) >> 8n) << 20n)
}
