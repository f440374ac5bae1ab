import type { Handlers, Supervision } from './handler.ts'
import { AT_EMPTY_PATH, AT_FDCWD, AT_SYMLINK_FOLLOW } from '../listener/kernel.ts'
import type { Answer } from '../listener/notification.ts'

/**
 * Calls that give a file a further name. An overlay shows a file from below by another inode number
 * under its new name, and both have one entry.
 */
export const linkHandlers: Handlers = {
  link: (given) => link(given, { from: [AT_FDCWD, 0], to: [AT_FDCWD, 1], flags: 0 }),
  linkat: (given) => {
    const { listener } = given.tracee
    return link(given, { from: [listener.int(0), 1], to: [listener.int(2), 3], flags: listener.int(4) })
  },
}

/** A directory descriptor, and the index of the argument with the path. */
type End = readonly [directory: number, path: number]

function link(
  { tracee, ledger, credentials }: Supervision,
  { from, to, flags }: { readonly from: End; readonly to: End; readonly flags: number },
): Answer {
  const [source, target] = [
    tracee.readString(tracee.listener.address(from[1])),
    tracee.readString(tracee.listener.address(to[1])),
  ]
  // The supervisor has opened the file, which only its opener may link by descriptor.
  const isAnonymous = source === '' && (flags & AT_EMPTY_PATH) !== 0
  if (isAnonymous && !credentials.get(tracee.listener.thread).privileged)
    return tracee.inParent(to[0], target, (parent, name) => {
      const old = tracee.textAt(`/proc/${tracee.listener.thread}/fd/${from[0]}`)
      return tracee.system.call('linkat', AT_FDCWD, old, parent, tracee.pathAt(name), AT_SYMLINK_FOLLOW)
    })
  // A file without a name is not from below. Symlinks to follow are left to the kernel as well.
  if (source === '' || (flags & (AT_EMPTY_PATH | AT_SYMLINK_FOLLOW)) !== 0) return 'continue'
  return tracee.inParent(from[0], source, (old, oldName) =>
    tracee.inParent(to[0], target, (parent, name) => {
      const [oldPath, newPath] = [tracee.textAt(oldName), tracee.pathAt(name)]
      const result = tracee.system.call('linkat', old, oldPath, parent, newPath, flags)
      if (result !== 0) return result
      const { dev, ino } = tracee.lookAtName(old, oldName)
      ledger.join(dev, ino, tracee.lookAtName(parent, name).ino)
      return 0
    }),
  )
}
