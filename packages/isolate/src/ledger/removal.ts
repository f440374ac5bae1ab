import type { Handlers, Supervision } from './handler.ts'
import { AT_FDCWD, AT_REMOVEDIR, S_IFDIR, S_IFMT } from '../listener/kernel.ts'
import type { Answer } from '../listener/notification.ts'
import { type FileStatus } from '../listener/tracee.ts'

const RENAME_EXCHANGE = 2

/**
 * Calls that may remove the last name of a file. Its entry goes with it, because the next new file
 * may get its inode number. Names of files without an entry are removed by the kernel.
 */
export const removalHandlers: Handlers = {
  unlink: (given) => remove(given, { directory: AT_FDCWD, path: 0, flags: 0 }),
  rmdir: (given) => remove(given, { directory: AT_FDCWD, path: 0, flags: AT_REMOVEDIR }),
  unlinkat: (given) =>
    remove(given, { directory: given.tracee.listener.int(0), path: 1, flags: given.tracee.listener.int(2) }),
  rename: (given) => rename(given, { from: [AT_FDCWD, 0], to: [AT_FDCWD, 1], flags: 0 }),
  renameat: ({ tracee, ...given }) =>
    rename({ tracee, ...given }, { from: [tracee.listener.int(0), 1], to: [tracee.listener.int(2), 3], flags: 0 }),
  renameat2: ({ tracee, ...given }) =>
    rename(
      { tracee, ...given },
      { from: [tracee.listener.int(0), 1], to: [tracee.listener.int(2), 3], flags: tracee.listener.int(4) },
    ),
}

function remove(
  given: Supervision,
  { directory, path, flags }: { readonly directory: number; readonly path: number; readonly flags: number },
): Answer {
  const { tracee, ledger } = given
  if (ledger.isEmpty) return 'continue'
  return tracee.inParent(directory, tracee.readString(tracee.listener.address(path)), (parent, name) => {
    const file = tracee.lookAtName(parent, name)
    if (ledger.get(file.dev, file.ino) === undefined) return 'continue'
    return forgetting(given, file, tracee.system.call('unlinkat', parent, tracee.pathAt(name), flags))
  })
}

/** A directory descriptor, and the index of the argument with the path. */
type End = readonly [directory: number, path: number]

function rename(
  given: Supervision,
  { from, to, flags }: { readonly from: End; readonly to: End; readonly flags: number },
): Answer {
  const { tracee, ledger } = given
  if (ledger.isEmpty || (flags & RENAME_EXCHANGE) !== 0) return 'continue'
  const [source, target] = [
    tracee.readString(tracee.listener.address(from[1])),
    tracee.readString(tracee.listener.address(to[1])),
  ]
  return tracee.inParent(to[0], target, (parent, name) => {
    const replaced = tracee.lookAtName(parent, name)
    if (ledger.get(replaced.dev, replaced.ino) === undefined) return 'continue'
    return tracee.inParent(from[0], source, (old, oldName) => {
      const moved = tracee.lookAtName(old, oldName)
      // Two names of one file: rename(2) does nothing.
      if (moved.dev === replaced.dev && moved.ino === replaced.ino) return 'continue'
      const [oldPath, newPath] = [tracee.textAt(oldName), tracee.pathAt(name)]
      return forgetting(given, replaced, tracee.system.call('renameat2', old, oldPath, parent, newPath, flags))
    })
  })
}

/** Removes the entry of a file that has lost its last name. */
function forgetting({ ledger }: Supervision, { dev, ino, links, mode }: FileStatus, result: number): number {
  const isDirectory = (mode & S_IFMT) === S_IFDIR
  if (result === 0 && (isDirectory || links <= 1)) ledger.delete(dev, ino)
  return result
}
