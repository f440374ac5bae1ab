import {
  AT_EMPTY_PATH,
  AT_FDCWD,
  AT_SYMLINK_NOFOLLOW,
  EBADF,
  EINVAL,
  ENOENT,
  EOPNOTSUPP,
  EPERM,
  EROFS,
  S_IFDIR,
  S_IFLNK,
  S_IFMT,
  S_IFREG,
  S_ISGID,
  S_ISUID,
  S_IXGRP,
} from '../../listener/kernel.ts'
import { unchanged } from '../../listener/credentials.ts'
import type { FileStatus } from '../../listener/tracee.ts'
import { accessAcl, withMode } from './acls.ts'
import type { ConfinedHandlers, Confinement, Named, NamedWithFlags } from '../context.ts'
import { diskMode } from './new-files.ts'
import { WRITE } from '../permissions.ts'

/** Calls that change modes, owners and times. */
export const attributeHandlers: ConfinedHandlers = {
  chmod: (given) =>
    change(given, { directory: AT_FDCWD, path: 0, flags: 0 }, (fd) =>
      changeMode(given, fd, given.tracee.listener.uint(1)),
    ),
  fchmod: (given) =>
    changeOpen(given, given.tracee.listener.int(0), (fd) => changeMode(given, fd, given.tracee.listener.uint(1))),
  fchmodat: (given) =>
    change(given, { directory: given.tracee.listener.int(0), path: 1, flags: 0 }, (fd) =>
      changeMode(given, fd, given.tracee.listener.uint(2)),
    ),
  fchmodat2: (given) => {
    const { listener } = given.tracee
    const flags = listener.int(3)
    if ((flags & ~(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH)) !== 0) return -EINVAL
    return change(given, { directory: listener.int(0), path: 1, flags }, (fd) =>
      changeMode(given, fd, listener.uint(2)),
    )
  },
  chown: (given) => change(given, { directory: AT_FDCWD, path: 0, flags: 0 }, (fd) => changeOwner(given, fd, 1)),
  lchown: (given) =>
    change(given, { directory: AT_FDCWD, path: 0, flags: AT_SYMLINK_NOFOLLOW }, (fd) => changeOwner(given, fd, 1)),
  fchown: (given) => changeOpen(given, given.tracee.listener.int(0), (fd) => changeOwner(given, fd, 1)),
  fchownat: (given) => {
    const { listener } = given.tracee
    const flags = listener.int(4)
    if ((flags & ~(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH)) !== 0) return -EINVAL
    return change(given, { directory: listener.int(0), path: 1, flags }, (fd) => changeOwner(given, fd, 2))
  },
  utime: (given) => changeTimes(given, { directory: AT_FDCWD, path: 0 }, { times: 1, form: 'seconds', flags: 0 }),
  utimes: (given) => changeTimes(given, { directory: AT_FDCWD, path: 0 }, { times: 1, form: 'microseconds', flags: 0 }),
  futimesat: (given) =>
    changeTimes(
      given,
      { directory: given.tracee.listener.int(0), path: 1 },
      { times: 2, form: 'microseconds', flags: 0 },
    ),
  utimensat: (given) =>
    changeTimes(
      given,
      { directory: given.tracee.listener.int(0), path: 1 },
      { times: 2, form: 'nanoseconds', flags: given.tracee.listener.int(3) },
    ),
}

type Change = (fd: number) => number

function change(given: Confinement, { directory, path, flags }: NamedWithFlags, use: Change): number {
  const { tracee, paths } = given
  const address = tracee.listener.address(path)
  const name = address === 0 ? '' : tracee.readString(address)
  if (name === '') return (flags & AT_EMPTY_PATH) === 0 && address !== 0 ? -ENOENT : changeOpen(given, directory, use)
  const fd = paths.lookToChange(directory, name, (flags & AT_SYMLINK_NOFOLLOW) === 0)
  return fd < 0 ? fd : tracee.using(fd, use)
}

function changeOpen({ tracee, paths }: Confinement, descriptor: number, use: Change): number {
  const fd = paths.openDescriptor(descriptor)
  if (fd < 0) return fd === -ENOENT ? -EBADF : fd
  return tracee.using(fd, () => (paths.isFixed(fd) ? -EROFS : use(fd)))
}

/** chmod(2) for an open file: 0 or a negated errno. */
export function changeMode(given: Confinement, fd: number, mode: number): number {
  const { tracee, ledger, permissions, caller } = given
  const status = tracee.status(fd)
  const refused = permissions.checkOwner(caller.credentials, status)
  if (refused !== 0) return refused
  const type = status.mode & S_IFMT
  if (type === S_IFLNK) return -EOPNOTSUPP
  const { gid } = permissions.see(status)
  const { privileged, group, groups } = caller.credentials
  const mayPassOn = privileged || gid === group.effective || groups.includes(gid)
  const wanted = mode & (mayPassOn ? 0o7777 : 0o7777 & ~S_ISGID)
  const onDisk = diskMode(wanted, type === S_IFDIR ? 'directory' : 'file')
  const result = tracee.system.call('fchmodat', AT_FDCWD, tracee.pathAt(`/proc/thread-self/fd/${fd}`), onDisk)
  // A pipe or a file of the machine belongs to another user, and its mode is not in the image.
  if (result < 0) return result === -EPERM && privileged ? 0 : result
  const { mode: _, xattrs, ...entry } = permissions.entry(status) ?? { uid: 0, gid: 0 }
  const acl = xattrs?.get(accessAcl)
  const updated = acl === undefined ? xattrs : new Map([...(xattrs ?? []), [accessAcl, withMode(acl, wanted)]])
  ledger.set(status.dev, status.ino, {
    ...entry,
    ...(wanted !== onDisk && { mode: wanted }),
    ...(updated !== undefined && { xattrs: updated }),
  })
  return 0
}

function changeOwner(given: Confinement, fd: number, argument: number): number {
  const { tracee, ledger, permissions, caller } = given
  const [uid, gid] = [tracee.listener.uint(argument), tracee.listener.uint(argument + 1)]
  const status = tracee.status(fd)
  const file = permissions.see(status)
  if (!mayChangeOwner(given, file, { uid, gid })) return -EPERM
  const entry = permissions.entry(status)
  const mode = withoutSetIds(status, file.mode, caller.credentials.privileged)
  const { xattrs, ...kept } = entry ?? { uid: 0, gid: 0 }
  // Capabilities of a file are for those whom its owner chose (security.capability,
  // capabilities(7)).
  const remaining = new Map([...(xattrs ?? [])].filter(([name]) => name !== 'security.capability'))
  ledger.set(status.dev, status.ino, {
    ...kept,
    uid: uid === unchanged ? file.uid : uid,
    gid: gid === unchanged ? file.gid : gid,
    ...(entry?.mode === undefined && mode === file.mode ? {} : { mode }),
    ...(remaining.size !== 0 && { xattrs: remaining }),
  })
  // The time of the last change moves on.
  tracee.system.call('fchownat', fd, tracee.pathAt(''), -1, -1, AT_EMPTY_PATH)
  return 0
}

/** truncate(2), open(2) with O_TRUNC: bits that set ids are cleared, but not for root. */
export function clearSetIds(given: Confinement, status: FileStatus): void {
  const { ledger, permissions, caller } = given
  const entry = permissions.entry(status)
  if (entry?.mode === undefined || caller.credentials.privileged) return
  const mode = withoutSetIds(status, entry.mode, true)
  if (mode !== entry.mode) ledger.set(status.dev, status.ino, { ...entry, mode })
}

/** chown(2): the bits of an executable file that set ids are cleared, also for root. */
function withoutSetIds(status: FileStatus, mode: number, privileged: boolean): number {
  if ((status.mode & S_IFMT) !== S_IFREG) return mode
  const setsGroup = (mode & S_IXGRP) !== 0 || !privileged ? S_ISGID : 0
  return mode & ~(S_ISUID | setsGroup)
}

interface Owner {
  readonly uid: number
  readonly gid: number
}

/** Others than root may give their files to groups they are in. */
function mayChangeOwner({ caller }: Confinement, file: Owner, { uid, gid }: Owner): boolean {
  const { user, group, groups, privileged } = caller.credentials
  if (privileged) return true
  if (file.uid !== user.effective || (uid !== unchanged && uid !== file.uid)) return false
  return gid === unchanged || gid === file.gid || gid === group.effective || groups.includes(gid)
}

interface Times {
  /** Index of the argument with both times; a null pointer is the present. */
  readonly times: number
  readonly form: 'seconds' | 'microseconds' | 'nanoseconds'
  readonly flags: number
}

function changeTimes(given: Confinement, named: Named, { times, form, flags }: Times): number {
  const { tracee, permissions, caller } = given
  const address = tracee.listener.address(times)
  const buffer = address === 0 ? undefined : readTimes(given, address, form)
  return change(given, { ...named, flags }, (fd) => {
    const status = tracee.status(fd)
    const refused = permissions.checkOwner(caller.credentials, status)
    if (refused !== 0 && (buffer !== undefined || permissions.check(caller.credentials, status, WRITE) !== 0))
      return refused
    const both = tracee.system.allocate(32)
    buffer?.copy(both.bytes)
    const pointer = buffer === undefined ? 0 : both.address
    const isLink = (status.mode & S_IFMT) === S_IFLNK
    // Through its descriptor a symlink can be dated since Linux 6.6 only with an empty path.
    if (isLink) return tracee.system.call('utimensat', fd, tracee.pathAt(''), pointer, AT_EMPTY_PATH)
    return tracee.system.call('utimensat', AT_FDCWD, tracee.pathAt(`/proc/thread-self/fd/${fd}`), pointer, 0)
  })
}

/** Two struct timespec. */
function readTimes({ tracee }: Confinement, address: number, form: Times['form']): Buffer {
  if (form === 'nanoseconds') return Buffer.from(tracee.read(address, 32))
  const times = Buffer.alloc(32)
  const given = tracee.read(address, form === 'seconds' ? 16 : 32)
  for (const index of [0, 1]) {
    times.writeBigInt64LE(given.readBigInt64LE(form === 'seconds' ? 8 * index : 16 * index), 16 * index)
    if (form === 'microseconds') times.writeBigInt64LE(given.readBigInt64LE(16 * index + 8) * 1000n, 16 * index + 8)
  }
  return times
}
