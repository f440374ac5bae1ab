import { type Named, EXECUTE, isAllowed, isOwner, mayReach, READ, WRITE } from './access.ts'
import type { Supervision } from './handler.ts'
import { AT_FDCWD, EACCES, EADDRINUSE, EEXIST, ENOENT, EPERM, EROFS, S_ISVTX } from '../listener/kernel.ts'
import { isPlain, protectsLinks } from './protected-links.ts'
import { readSocketPath } from './socket-path.ts'
import { Unresolved } from '../listener/tracee-memory.ts'

/** Check of a call that makes a name, by its arguments. */
export function mayMake(given: Supervision, { directory, path }: Named): number | undefined {
  return mayMakeAt(given, directory, given.tracee.readString(given.tracee.listener.address(path)))
}

/** Like the kernel, reports an existing name before all that forbids a new one. */
function mayMakeAt(given: Supervision, directory: number, path: string): number | undefined {
  return given.tracee.inParent(directory, path, (parent, name) =>
    maySearch(given, parent) && hasName(given, parent, name) ? EEXIST : mayWriteTo(given, parent),
  )
}

/** Check of link(2) and linkat(2). */
export function mayLink(
  given: Supervision,
  { from, to }: { readonly from: Named; readonly to: Named },
): number | undefined {
  const { tracee } = given
  const refused = mayMake(given, to)
  const source = tracee.readString(tracee.listener.address(from.path))
  if (refused === EEXIST || !protectsLinks || source === '') return refused
  const file = tracee.lookAt(from.directory, source, from.follow ?? false)
  const isUsable = isPlain(file.mode) && isAllowed(given, file, { wanted: READ | WRITE })
  return isUsable || isOwner(given, file) === undefined ? refused : EPERM
}

/** Check of bind(2). */
export function mayBind(given: Supervision): number | undefined {
  const path = readSocketPath(given)
  const refused = path === undefined ? undefined : mayMakeAt(given, AT_FDCWD, path)
  return refused === EEXIST ? EADDRINUSE : refused
}

/** Check of a call that writes into the directory of a name. */
export function mayWriteIn(given: Supervision, { directory, path }: Named): number | undefined {
  const { tracee } = given
  return tracee.inParent(directory, tracee.readString(tracee.listener.address(path)), (parent) =>
    mayWriteTo(given, parent),
  )
}

/** The kernel refuses a read-only file system before it looks at modes. */
function mayWriteTo(given: Supervision, parent: number): number | undefined {
  if (!maySearch(given, parent)) return EACCES
  if (isAllowed(given, given.tracee.status(parent), { wanted: WRITE })) return undefined
  const { system } = given.tracee
  const path = given.tracee.pathAt(`/proc/thread-self/fd/${parent}`)
  return system.call('faccessat', AT_FDCWD, path, WRITE) === -EROFS ? EROFS : EACCES
}

/** True if the directory, and those that lead to it, may be searched. */
function maySearch(given: Supervision, parent: number): boolean {
  return mayReach(given, parent) === undefined && isAllowed(given, given.tracee.status(parent), { wanted: EXECUTE })
}

/** True for a name that exists in an open directory. */
export function hasName({ tracee }: Supervision, parent: number, name: string): boolean {
  try {
    tracee.lookAtName(parent, name)
    return true
  } catch (error) {
    if (error instanceof Unresolved) return false
    throw error
  }
}

/** Like the kernel, reports a missing name before a missing right to remove it. */
export function mayRemove(given: Supervision, { directory, path }: Named): number | undefined {
  const { tracee } = given
  return tracee.inParent(directory, tracee.readString(tracee.listener.address(path)), (parent, name) => {
    const refused = mayWriteTo(given, parent)
    if (refused === EACCES && maySearch(given, parent) && !hasName(given, parent, name)) return ENOENT
    if (refused !== undefined) return refused
    const folder = tracee.status(parent)
    if ((folder.mode & S_ISVTX) === 0 || isOwner(given, folder) === undefined) return undefined
    return isOwner(given, tracee.lookAtName(parent, name))
  })
}

/** Check of renameat(2) and renameat2(2). */
export function mayRenameAt(given: Supervision): number | undefined {
  const { listener } = given.tracee
  return mayRename(given, { directory: listener.int(0), path: 1 }, { directory: listener.int(2), path: 3 })
}

/** Check of a call that moves a name. */
export function mayRename(given: Supervision, from: Named, to: Named): number | undefined {
  return mayRemove(given, from) ?? mayReplace(given, to)
}

function mayReplace(given: Supervision, named: Named): number | undefined {
  try {
    const refused = mayRemove(given, named)
    return refused === ENOENT ? EACCES : refused
  } catch (error) {
    // The name is new.
    if (error instanceof Unresolved) return mayWriteIn(given, named)
    throw error
  }
}
