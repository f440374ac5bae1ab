import {
  AT_EMPTY_PATH,
  AT_FDCWD,
  AT_REMOVEDIR,
  AT_SYMLINK_FOLLOW,
  AT_SYMLINK_NOFOLLOW,
  EACCES,
  EBUSY,
  EEXIST,
  EINVAL,
  ENOENT,
  EPERM,
  EROFS,
  EXDEV,
  S_IFBLK,
  S_IFCHR,
  S_IFDIR,
  S_IFMT,
  S_IFREG,
} from '../../listener/kernel.ts'
import type { LedgerDevice } from '../../ledger/ledger.ts'
import type { FileStatus } from '../../listener/tracee.ts'
import type { ConfinedHandlers, Confinement, Named } from '../context.ts'
import { diskMode, recordName } from './new-files.ts'
import type { Place } from '../paths/paths.ts'

/** Calls that make, move and remove names. */
export const nameHandlers: ConfinedHandlers = {
  mkdir: (given) => makeDirectory(given, { directory: AT_FDCWD, path: 0 }, given.tracee.listener.uint(1)),
  mkdirat: (given) =>
    makeDirectory(given, { directory: given.tracee.listener.int(0), path: 1 }, given.tracee.listener.uint(2)),
  mknod: (given) =>
    makeNode(
      given,
      { directory: AT_FDCWD, path: 0 },
      { mode: given.tracee.listener.uint(1), number: given.tracee.listener.uint(2) },
    ),
  mknodat: (given) => {
    const { listener } = given.tracee
    return makeNode(
      given,
      { directory: listener.int(0), path: 1 },
      { mode: listener.uint(2), number: listener.uint(3) },
    )
  },
  symlink: (given) => makeSymlink(given, { directory: AT_FDCWD, path: 1 }),
  symlinkat: (given) => makeSymlink(given, { directory: given.tracee.listener.int(1), path: 2 }),
  link: (given) =>
    link(given, { from: { directory: AT_FDCWD, path: 0 }, to: { directory: AT_FDCWD, path: 1 }, flags: 0 }),
  linkat: (given) => {
    const { listener } = given.tracee
    return link(given, {
      from: { directory: listener.int(0), path: 1 },
      to: { directory: listener.int(2), path: 3 },
      flags: listener.int(4),
    })
  },
  unlink: (given) => remove(given, { directory: AT_FDCWD, path: 0 }, 0),
  rmdir: (given) => remove(given, { directory: AT_FDCWD, path: 0 }, AT_REMOVEDIR),
  unlinkat: (given) =>
    remove(given, { directory: given.tracee.listener.int(0), path: 1 }, given.tracee.listener.int(2)),
  rename: (given) =>
    rename(given, { from: { directory: AT_FDCWD, path: 0 }, to: { directory: AT_FDCWD, path: 1 }, flags: 0 }),
  renameat: (given) => {
    const { listener } = given.tracee
    return rename(given, {
      from: { directory: listener.int(0), path: 1 },
      to: { directory: listener.int(2), path: 3 },
      flags: 0,
    })
  },
  renameat2: (given) => {
    const { listener } = given.tracee
    return rename(given, {
      from: { directory: listener.int(0), path: 1 },
      to: { directory: listener.int(2), path: 3 },
      flags: listener.int(4),
    })
  },
}

function inPlace(given: Confinement, { directory, path }: Named, use: (place: Place) => number): number {
  return given.paths.inParent(directory, given.tracee.readString(given.tracee.listener.address(path)), use)
}

/** For a new name. Like the kernel, reports an existing one before all that forbids a new one. */
function inNewPlace(given: Confinement, named: Named, use: (place: Place) => number): number {
  const result = inPlace(given, named, use)
  const isRefused = result === -EACCES || result === -EROFS || result === -EBUSY || result === -EXDEV
  return isRefused && look(given, named) === 0 ? -EEXIST : result
}

/** For the name of a file. Like the kernel, reports a missing one before a missing right. */
function inOldPlace(given: Confinement, named: Named, use: (place: Place) => number): number {
  const result = inPlace(given, named, use)
  return result === -EACCES && look(given, named) === -ENOENT ? -ENOENT : result
}

/** 0 for a name that exists and may be seen, else a negated errno. */
function look({ tracee, paths }: Confinement, { directory, path }: Named): number {
  const fd = paths.look(directory, tracee.readString(tracee.listener.address(path)), false)
  return fd < 0 ? fd : tracee.using(fd, () => 0)
}

function makeDirectory(given: Confinement, named: Named, mode: number): number {
  const { tracee } = given
  const wanted = mode & 0o1777
  return inNewPlace(given, named, (place) => {
    const result = tracee.system.call('mkdirat', place.parent, tracee.pathAt(place.name), diskMode(wanted, 'directory'))
    return result === 0 ? recordName(given, place, { mode: wanted }) : result
  })
}

function makeSymlink(given: Confinement, named: Named): number {
  const { tracee } = given
  const target = tracee.readString(tracee.listener.address(0))
  return inNewPlace(given, named, (place) => {
    const text = tracee.textAt(target)
    const result = tracee.system.call('symlinkat', text, place.parent, tracee.pathAt(place.name))
    return result === 0 ? recordName(given, place, { mode: undefined }) : result
  })
}

function makeNode(
  given: Confinement,
  named: Named,
  { mode, number }: { readonly mode: number; readonly number: number },
): number {
  const { tracee, caller } = given
  const type = mode & S_IFMT
  const wanted = mode & 0o7777
  const isDevice = type === S_IFBLK || type === S_IFCHR
  if (isDevice && !caller.credentials.privileged) return -EPERM
  if (type === S_IFDIR) return -EPERM
  const device: LedgerDevice | undefined = isDevice
    ? {
        kind: type === S_IFBLK ? 'block' : 'character',
        major: (number >>> 8) & 0xfff,
        minor: (number & 0xff) | ((number >>> 12) & 0xfff00),
      }
    : undefined
  return inNewPlace(given, named, (place) => {
    const onDisk = (isDevice || type === 0 ? S_IFREG : type) | diskMode(wanted, 'file')
    const result = tracee.system.call('mknodat', place.parent, tracee.pathAt(place.name), onDisk, 0)
    return result === 0 ? recordName(given, place, { mode: wanted, device }) : result
  })
}

/** Two names and the flags of a call. */
interface Ends {
  readonly from: Named
  readonly to: Named
  readonly flags: number
}

function link(given: Confinement, { from, to, flags }: Ends): number {
  const { tracee, paths } = given
  const source = tracee.readString(tracee.listener.address(from.path))
  if ((flags & ~(AT_EMPTY_PATH | AT_SYMLINK_FOLLOW)) !== 0) return -EINVAL
  const isDescriptor = source === '' && (flags & AT_EMPTY_PATH) !== 0
  const file = isDescriptor
    ? paths.openDescriptor(from.directory)
    : paths.look(from.directory, source, (flags & AT_SYMLINK_FOLLOW) !== 0)
  if (file < 0) return file
  return tracee.using(file, () =>
    inNewPlace(given, to, ({ parent, name, mount }) => {
      // The kernel would link files of read-only mounts: for it, they are not mounts.
      if (paths.mountOf(file)?.source !== mount.source) return -EXDEV
      const refused = given.permissions.checkLink(given.caller.credentials, tracee.status(file))
      if (refused !== 0) return refused
      const old = tracee.textAt(`/proc/thread-self/fd/${file}`)
      return tracee.system.call('linkat', AT_FDCWD, old, parent, tracee.pathAt(name), AT_SYMLINK_FOLLOW)
    }),
  )
}

function remove(given: Confinement, named: Named, flags: number): number {
  const { tracee } = given
  if ((flags & ~AT_REMOVEDIR) !== 0) return -EINVAL
  return inOldPlace(given, named, (place) => {
    const file = lookAt(given, place)
    const refused =
      file === undefined
        ? 0
        : given.permissions.checkRemoval(given.caller.credentials, tracee.status(place.parent), file)
    if (refused !== 0) return refused
    const result = tracee.system.call('unlinkat', place.parent, tracee.pathAt(place.name), flags)
    if (result === 0 && file !== undefined) {
      given.paths.places.noteLostName(file, { isKept: false })
      forgetLast(given, file)
    }
    return result
  })
}

const RENAME_NOREPLACE = 1
const RENAME_EXCHANGE = 2

function rename(given: Confinement, { from, to, flags }: Ends): number {
  const { tracee, paths, permissions, caller } = given
  if ((flags & ~(RENAME_NOREPLACE | RENAME_EXCHANGE)) !== 0) return -EINVAL
  if (flags === (RENAME_NOREPLACE | RENAME_EXCHANGE)) return -EINVAL
  if (/(^|\/)\.\.?\/*$/.test(given.tracee.readString(given.tracee.listener.address(from.path)))) return -EBUSY
  return inOldPlace(given, from, (old) =>
    inPlace(given, to, (place) => {
      if (old.mount.source !== place.mount.source) return -EXDEV
      const moved = lookAt(given, old)
      if (moved === undefined) return -ENOENT
      const replaced = lookAt(given, place)
      const refused =
        permissions.checkRemoval(caller.credentials, tracee.status(old.parent), moved) ||
        (replaced === undefined
          ? 0
          : permissions.checkRemoval(caller.credentials, tracee.status(place.parent), replaced))
      if (refused !== 0) return refused
      if (replaced !== undefined && (flags & RENAME_NOREPLACE) !== 0) return -EEXIST
      if (old.mount === paths.mounts.root && isOld(given, moved)) return -EXDEV
      const isSame = replaced !== undefined && moved.dev === replaced.dev && moved.ino === replaced.ino
      const [oldName, name] = [tracee.textAt(old.name), tracee.pathAt(place.name)]
      const result = tracee.system.call('renameat2', old.parent, oldName, place.parent, name, flags)
      if (result !== 0) return result
      for (const file of [moved, replaced]) if (file !== undefined) paths.places.noteLostName(file, { isKept: true })
      if (replaced !== undefined && !isSame && (flags & RENAME_EXCHANGE) === 0) forgetLast(given, replaced)
      return 0
    }),
  )
}

/** True for a directory that is older than the first process. */
function isOld({ newDirectories }: Confinement, file: FileStatus): boolean {
  return (file.mode & S_IFMT) === S_IFDIR && !newDirectories.has(file)
}

/** Status of a name, or undefined for a missing one. */
function lookAt({ tracee }: Confinement, { parent, name }: Place): FileStatus | undefined {
  const bare = name.replace(/\/+$/, '')
  const result = tracee.system.call(
    'statx',
    parent,
    tracee.pathAt(bare),
    AT_SYMLINK_NOFOLLOW,
    0x7ff,
    tracee.statx.address,
  )
  return result < 0 ? undefined : tracee.lastStatus()
}

/**
 * Removes the entry of a file that has lost its last name: the next new file may get its inode
 * number.
 */
function forgetLast({ ledger }: Confinement, file: FileStatus): void {
  if ((file.mode & S_IFMT) === S_IFDIR || file.links <= 1) ledger.delete(file.dev, file.ino)
}
