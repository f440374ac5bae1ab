import { withUser } from '../listener/credentials.ts'
import type { Handlers, Supervision } from './handler.ts'
import {
  AT_EMPTY_PATH,
  AT_FDCWD,
  AT_SYMLINK_NOFOLLOW,
  S_IFMT,
  S_IFREG,
  S_ISGID,
  S_ISUID,
  S_IXGRP,
} from '../listener/kernel.ts'
import type { Answer } from '../listener/notification.ts'
import { type FileStatus } from '../listener/tracee.ts'

const anyExecute = 0o111

/** Calls that change the ids or the root of a process. The kernel performs all of them. */
export const programHandlers: Handlers = {
  execve: (given) => start(given, { directory: AT_FDCWD, path: 0, flags: 0 }),
  execveat: (given) =>
    start(given, { directory: given.tracee.listener.int(0), path: 1, flags: given.tracee.listener.int(4) }),
  chroot: changeRoot,
  pivot_root: changeRoot,
  exit_group: ({ credentials, tracee }) => {
    credentials.end(tracee.listener.thread)
    return 'continue'
  },
}

function changeRoot({ tracee }: Supervision): Answer {
  tracee.expectOtherRoots()
  return 'continue'
}

interface Named {
  readonly directory: number
  /** Index of the argument. */
  readonly path: number
  readonly flags: number
}

/** Programs of others than root are moved, so that their calls are trapped. */
function start(given: Supervision, named: Named): Answer {
  const answer = execute(given, named)
  if (!given.credentials.get(given.tracee.listener.thread).privileged) given.programs?.move()
  return answer
}

/** execve(2) § Effect of set-user-ID and set-group-ID programs. */
function execute(given: Supervision, named: Named): Answer {
  const { tracee, ledger, credentials } = given
  const { dev, ino, mode } = program(given, named)
  if ((mode & S_IFMT) !== S_IFREG || (mode & anyExecute) === 0) return 'continue'
  const setsUser = (mode & S_ISUID) !== 0
  const setsGroup = (mode & S_ISGID) !== 0 && (mode & S_IXGRP) !== 0
  const before = credentials.get(tracee.listener.thread)
  if (!setsUser && !setsGroup && !before.keepsCapabilities) return 'continue'
  const { uid, gid } = ledger.get(dev, ino) ?? { uid: 0, gid: 0 }
  const user = setsUser ? { ...before.user, effective: uid, saved: uid } : before.user
  const group = setsGroup ? { ...before.group, effective: gid, saved: gid } : before.group
  credentials.set(tracee.listener.thread, withUser({ ...before, group, keepsCapabilities: false }, user))
  return 'continue'
}

function program({ tracee }: Supervision, { directory, path, flags }: Named): FileStatus {
  const name = tracee.readString(tracee.listener.address(path))
  if (name === '' && (flags & AT_EMPTY_PATH) !== 0) return tracee.lookAtDescriptor(directory)
  return tracee.lookAt(directory, name, (flags & AT_SYMLINK_NOFOLLOW) === 0)
}
