import { type Credentials, unchanged } from '../listener/credentials.ts'
import type { Handlers, Supervision } from './handler.ts'
import { AT_EMPTY_PATH, AT_FDCWD, AT_SYMLINK_NOFOLLOW, EINVAL, ENOENT, EPERM } from '../listener/kernel.ts'
import type { LedgerEntry } from './ledger.ts'

/** chown(2): the ledger records the owner. */
export const ownerHandlers: Handlers = {
  chown: (given) => chownPath(given, { directory: AT_FDCWD, path: 0, owner: 1, follow: true }),
  lchown: (given) => chownPath(given, { directory: AT_FDCWD, path: 0, owner: 1, follow: false }),
  fchown: (given) => chownDescriptor(given, given.tracee.listener.int(0), 1),
  fchownat: (given) => {
    const { listener } = given.tracee
    const flags = listener.int(4)
    if ((flags & ~(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH)) !== 0) return -EINVAL
    const [follow, allowsEmpty] = [(flags & AT_SYMLINK_NOFOLLOW) === 0, (flags & AT_EMPTY_PATH) !== 0]
    return chownPath(given, { directory: listener.int(0), path: 1, owner: 2, follow, allowsEmpty })
  },
}

interface Named {
  readonly directory: number
  /** Index of the argument. */
  readonly path: number
  /** Index of the argument with the user; the group is the next. */
  readonly owner: number
  readonly follow: boolean
  /** An empty path names the directory itself. */
  readonly allowsEmpty?: boolean
}

function chownPath(given: Supervision, { directory, path, owner, follow, allowsEmpty = false }: Named): number {
  const { tracee } = given
  const name = tracee.readString(tracee.listener.address(path))
  if (name === '') return allowsEmpty ? chownDescriptor(given, directory, owner) : -ENOENT
  return tracee.using(tracee.open(directory, name, follow), (fd) => chown(given, fd, owner))
}

function chownDescriptor(given: Supervision, descriptor: number, owner: number): number {
  return given.tracee.using(given.tracee.openDescriptor(descriptor), (fd) => chown(given, fd, owner))
}

function chown({ tracee, ledger, credentials }: Supervision, fd: number, argument: number): number {
  const [uid, gid] = [tracee.listener.uint(argument), tracee.listener.uint(argument + 1)]
  const before = tracee.status(fd)
  const old = ledger.get(before.dev, before.ino) ?? { uid: 0, gid: 0 }
  if (!mayChown(credentials.get(tracee.listener.thread), old, { uid, gid })) return -EPERM
  // For the kernel everything stays with 0:0. It clears set-user-ID bits and capabilities, copies
  // the file into an overlay's upper directory, and refuses what is read-only.
  const zero = (id: number): number => (id === unchanged ? -1 : 0)
  const result = tracee.system.call('fchownat', fd, tracee.pathAt(''), zero(uid), zero(gid), AT_EMPTY_PATH)
  if (result < 0) return result
  // A copied-up file that had several names has another inode now.
  const { dev, ino } = tracee.status(fd)
  ledger.set(dev, ino, { ...old, uid: uid === unchanged ? old.uid : uid, gid: gid === unchanged ? old.gid : gid })
  return 0
}

/** Others than root may give their files to groups they are in. */
function mayChown(
  { user, group, groups, privileged }: Credentials,
  file: LedgerEntry,
  { uid, gid }: LedgerEntry,
): boolean {
  if (privileged) return true
  if (file.uid !== user.effective || (uid !== unchanged && uid !== file.uid)) return false
  return gid === unchanged || gid === file.gid || gid === group.effective || groups.includes(gid)
}
