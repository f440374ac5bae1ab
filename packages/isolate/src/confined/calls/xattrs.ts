import {
  AT_FDCWD,
  E2BIG,
  EACCES,
  EEXIST,
  EINVAL,
  ENODATA,
  EOPNOTSUPP,
  EPERM,
  ERANGE,
  EROFS,
  S_IFDIR,
  S_IFMT,
} from '../../listener/kernel.ts'
import type { LedgerEntry } from '../../ledger/ledger.ts'
import type { FileStatus } from '../../listener/tracee.ts'
import { accessAcl, defaultAcl, readAcl } from './acls.ts'
import { changeMode } from './attributes.ts'
import type { ConfinedHandlers, Confinement } from '../context.ts'
import { WRITE } from '../permissions.ts'
import { readCapabilities } from '../processes.ts'

/**
 * Extended attributes. Those of the namespace `user` are the kernel's; all others need rights that
 * the builder lacks and are kept in the ledger. A list of access rights sets the permission bits as
 * well.
 */
export const xattrHandlers: ConfinedHandlers = {
  getxattr: (given) => onPath(given, true, (fd) => get(given, fd)),
  lgetxattr: (given) => onPath(given, false, (fd) => get(given, fd)),
  fgetxattr: (given) => onDescriptor(given, (fd) => get(given, fd)),
  listxattr: (given) => onPath(given, true, (fd) => list(given, fd)),
  llistxattr: (given) => onPath(given, false, (fd) => list(given, fd)),
  flistxattr: (given) => onDescriptor(given, (fd) => list(given, fd)),
  setxattr: (given) => onPath(given, true, (fd) => set(given, fd)),
  lsetxattr: (given) => onPath(given, false, (fd) => set(given, fd)),
  fsetxattr: (given) => onDescriptor(given, (fd) => set(given, fd)),
  removexattr: (given) => onPath(given, true, (fd) => remove(given, fd)),
  lremovexattr: (given) => onPath(given, false, (fd) => remove(given, fd)),
  fremovexattr: (given) => onDescriptor(given, (fd) => remove(given, fd)),
}

const XATTR_CREATE = 1
const XATTR_REPLACE = 2
const longestValue = 65536
const isKernels = (name: string): boolean => name.startsWith('user.')

function onPath({ tracee, paths }: Confinement, follow: boolean, use: (fd: number) => number): number {
  const fd = paths.look(AT_FDCWD, tracee.readString(tracee.listener.address(0)), follow)
  return fd < 0 ? fd : tracee.using(fd, use)
}

function onDescriptor({ tracee, paths }: Confinement, use: (fd: number) => number): number {
  const fd = paths.openDescriptor(tracee.listener.int(0))
  return fd < 0 ? fd : tracee.using(fd, use)
}

function descriptorLink(fd: number): string {
  return `/proc/thread-self/fd/${fd}`
}

function get(given: Confinement, fd: number): number {
  const { tracee, permissions } = given
  const { listener, system } = tracee
  const name = tracee.readString(listener.address(1))
  const room = Math.min(listener.address(3), longestValue)
  if (!isKernels(name)) {
    const value = permissions.entry(tracee.status(fd))?.xattrs?.get(name)
    return value === undefined
      ? -ENODATA
      : give(given, Buffer.from(value).toString('latin1'), { address: listener.address(2), room })
  }
  const value = system.allocate(Math.max(1, room))
  const size = system.call('getxattr', tracee.pathAt(descriptorLink(fd)), tracee.textAt(name), value.address, room)
  if (size > 0 && room > 0) tracee.write(listener.address(2), value, size)
  return size
}

function list(given: Confinement, fd: number): number {
  const { tracee, permissions } = given
  const { listener, system } = tracee
  const names = system.allocate(longestValue)
  const size = system.call('listxattr', tracee.pathAt(descriptorLink(fd)), names.address, longestValue)
  if (size < 0 && size !== -EOPNOTSUPP) return size
  const native = size <= 0 ? [] : names.bytes.toString('latin1', 0, size).split('\0').filter(isKernels)
  const kept = permissions.entry(tracee.status(fd))?.xattrs?.keys() ?? []
  return give(given, [...native, ...kept].map((name) => `${name}\0`).join(''), {
    address: listener.address(1),
    room: listener.address(2),
  })
}

/** Writes a value, or only returns its size when there is no room at all. */
function give(
  { tracee }: Confinement,
  text: string,
  { address, room }: { readonly address: number; readonly room: number },
): number {
  if (room === 0) return text.length
  if (text.length > room) return -ERANGE
  if (text.length > 0) tracee.writeText(address, text)
  return text.length
}

function set(given: Confinement, fd: number): number {
  const { tracee } = given
  const { listener, system } = tracee
  const name = tracee.readString(listener.address(1))
  const [size, flags] = [listener.address(3), listener.int(4)]
  if (size > longestValue) return -E2BIG
  const value = tracee.readAll(listener.address(2), size)
  if (name === capabilityAttribute && !isCapability(value)) return -EINVAL
  const status = tracee.status(fd)
  const refused = mayChange(given, { fd, status, name })
  if (refused !== 0) return refused
  if (isKernels(name)) {
    const memory = system.allocate(Math.max(1, size))
    value.copy(memory.bytes)
    return system.call('setxattr', tracee.pathAt(descriptorLink(fd)), tracee.textAt(name), memory.address, size, flags)
  }
  if (name === defaultAcl && (readAcl(value) === undefined || (status.mode & S_IFMT) !== S_IFDIR)) return -EACCES
  const acl = name === accessAcl ? readAcl(value) : undefined
  if (name === accessAcl) {
    if (acl === undefined) return -EINVAL
    const changed = changeMode(given, fd, (given.permissions.see(status).mode & 0o7000) | acl.mode)
    if (changed !== 0) return changed
  }
  const entry = given.permissions.entry(status)
  if (acl?.isMinimal === true) {
    given.ledger.set(status.dev, status.ino, withoutXattr(entry, name))
    return 0
  }
  const exists = entry?.xattrs?.has(name) === true
  if (exists && (flags & XATTR_CREATE) !== 0) return -EEXIST
  if (!exists && (flags & XATTR_REPLACE) !== 0) return -ENODATA
  given.ledger.set(status.dev, status.ino, {
    ...(entry ?? { uid: 0, gid: 0 }),
    xattrs: new Map([...(entry?.xattrs ?? []), [name, new Uint8Array(value)]]),
  })
  return 0
}

function remove(given: Confinement, fd: number): number {
  const { tracee } = given
  const { listener, system } = tracee
  const name = tracee.readString(listener.address(1))
  const status = tracee.status(fd)
  const refused = mayChange(given, { fd, status, name })
  if (refused !== 0) return refused
  if (isKernels(name)) return system.call('removexattr', tracee.pathAt(descriptorLink(fd)), tracee.textAt(name))
  const entry = given.permissions.entry(status)
  if (entry?.xattrs?.has(name) !== true) return -ENODATA
  given.ledger.set(status.dev, status.ino, withoutXattr(entry, name))
  return 0
}

function withoutXattr(entry: LedgerEntry | undefined, name: string): LedgerEntry {
  const { xattrs = new Map<string, Uint8Array>(), ...rest } = entry ?? { uid: 0, gid: 0 }
  const kept = new Map([...xattrs].filter(([other]) => other !== name))
  return kept.size === 0 ? rest : { ...rest, xattrs: kept }
}

interface Changed {
  readonly fd: number
  readonly status: FileStatus
  readonly name: string
}

/**
 * Those who may write to a file change what is of the namespace `user`, its owner ACLs, and root
 * capabilities. All else is for CAP_SYS_ADMIN (xattr(7)).
 */
function mayChange({ paths, permissions, caller }: Confinement, { fd, status, name }: Changed): number {
  if (paths.isFixed(fd)) return -EROFS
  if (isKernels(name)) return permissions.check(caller.credentials, status, WRITE)
  if (name === accessAcl || name === defaultAcl) return permissions.checkOwner(caller.credentials, status)
  if (name === capabilityAttribute) return caller.credentials.privileged ? 0 : -EPERM
  if (!name.startsWith('security.') && !name.startsWith('trusted.')) return -EOPNOTSUPP
  return (readCapabilities(caller).effective & CAP_SYS_ADMIN) === 0n ? -EPERM : 0
}

const CAP_SYS_ADMIN = 1n << 21n
const capabilityAttribute = 'security.capability'

/** struct vfs_cap_data, of revision 2 or 3 with a size of its own (linux/capability.h). */
function isCapability(value: Buffer): boolean {
  const revision = value.length < 4 ? 0 : value.readUInt32LE(0) >>> 24
  return (revision === 2 && value.length === 20) || (revision === 3 && value.length === 24)
}
