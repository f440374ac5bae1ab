import { AT_FDCWD, EINVAL, O_CLOEXEC, O_NONBLOCK } from '../../listener/kernel.ts'
import type { Answer } from '../../listener/notification.ts'
import type { ConfinedHandlers, Confinement } from '../context.ts'
import { READ } from '../permissions.ts'

/**
 * inotify(7). The kernel would look for a path to watch in the files of the builder, so the
 * supervisor adds the watch. It makes the instances and keeps a copy of each.
 */
export const watchHandlers: ConfinedHandlers = {
  inotify_init: (given) => makeInstance(given, 0),
  inotify_init1: (given) => makeInstance(given, given.tracee.listener.uint(0)),
  inotify_add_watch: addWatch,
}

const IN_DONT_FOLLOW = 0x02000000
const F_DUPFD_CLOEXEC = 1030

function makeInstance({ tracee, watches, caller }: Confinement, flags: number): Answer {
  if ((flags & ~(O_CLOEXEC | O_NONBLOCK)) !== 0) return -EINVAL
  const made = watches.make(caller, flags)
  if (made < 0) return made
  const fd = tracee.system.call('fcntl', made, F_DUPFD_CLOEXEC, 0)
  return fd < 0 ? fd : { fd, closeOnExec: (flags & O_CLOEXEC) !== 0 }
}

function addWatch({ tracee, watches, paths, permissions, caller }: Confinement): Answer {
  const { listener } = tracee
  const instance = watches.find(listener.int(0))
  if (instance < 0) return instance
  const mask = listener.uint(2)
  const file = paths.look(AT_FDCWD, tracee.readString(listener.address(1)), (mask & IN_DONT_FOLLOW) === 0)
  if (file < 0) return file
  return tracee.using(file, () => {
    const refused = permissions.check(caller.credentials, tracee.status(file), READ)
    return refused === 0 ? watches.watch(instance, file, mask & ~IN_DONT_FOLLOW) : refused
  })
}
