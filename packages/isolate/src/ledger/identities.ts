import { type Credentials, type Ids, setAll, setEach, setRealEffective, withUser } from '../listener/credentials.ts'
import type { Handler, Handlers, Supervision } from './handler.ts'
import { EINVAL, EPERM } from '../listener/kernel.ts'
import type { Answer } from '../listener/notification.ts'

const mostGroups = 65536

/** Calls that ask for or change the ids of a process (credentials(7)). */
export const identityHandlers: Handlers = {
  getuid: (given) => caller(given).user.real,
  geteuid: (given) => caller(given).user.effective,
  getgid: (given) => caller(given).group.real,
  getegid: (given) => caller(given).group.effective,
  getresuid: (given) => writeIds(given, caller(given).user),
  getresgid: (given) => writeIds(given, caller(given).group),
  getgroups: readGroups,
  setuid: change('user', (given, ids, privileged) => setAll(ids, argument(given, 0), privileged)),
  setgid: change('group', (given, ids, privileged) => setAll(ids, argument(given, 0), privileged)),
  setreuid: change('user', (given, ids, privileged) =>
    setRealEffective(ids, [argument(given, 0), argument(given, 1)], privileged),
  ),
  setregid: change('group', (given, ids, privileged) =>
    setRealEffective(ids, [argument(given, 0), argument(given, 1)], privileged),
  ),
  setresuid: change('user', (given, ids, privileged) => setEach(ids, three(given), privileged)),
  setresgid: change('group', (given, ids, privileged) => setEach(ids, three(given), privileged)),
  setgroups: changeGroups,
  prctl: keepCapabilities,
  // The file-system id is always the effective one. These calls return the former id, whether they
  // work or not.
  setfsuid: (given) => caller(given).user.effective,
  setfsgid: (given) => caller(given).group.effective,
}

function caller({ credentials, tracee }: Supervision): Credentials {
  return credentials.get(tracee.listener.thread)
}

function argument({ tracee }: Supervision, index: number): number {
  return tracee.listener.uint(index)
}

function three(given: Supervision): readonly [number, number, number] {
  return [argument(given, 0), argument(given, 1), argument(given, 2)]
}

function change(
  kind: 'user' | 'group',
  compute: (given: Supervision, ids: Ids, privileged: boolean) => Ids | number,
): Handler {
  return (given) => {
    const before = caller(given)
    const ids = compute(given, before[kind], before.privileged)
    if (typeof ids === 'number') return ids
    const after = kind === 'user' ? withUser(before, ids) : { ...before, group: ids }
    given.credentials.set(given.tracee.listener.thread, after)
    return 0
  }
}

function writeIds({ tracee }: Supervision, { real, effective, saved }: Ids): Answer {
  const { listener, numbers } = tracee
  for (const [index, id] of [real, effective, saved].entries()) {
    numbers.bytes.writeUInt32LE(id, 0)
    tracee.write(listener.address(index), numbers, 4)
  }
  return 0
}

function readGroups(given: Supervision): Answer {
  const { listener, numbers } = given.tracee
  const { groups } = caller(given)
  const room = listener.int(0)
  if (room === 0) return groups.length
  if (room < groups.length) return -EINVAL
  for (const [index, group] of groups.entries()) {
    numbers.bytes.writeUInt32LE(group, 0)
    given.tracee.write(listener.address(1) + 4 * index, numbers, 4)
  }
  return groups.length
}

/** Only `PR_SET_KEEPCAPS` is trapped. */
function keepCapabilities(given: Supervision): Answer {
  const { tracee, credentials } = given
  credentials.set(tracee.listener.thread, { ...caller(given), keepsCapabilities: tracee.listener.int(1) !== 0 })
  return 'continue'
}

function changeGroups(given: Supervision): Answer {
  const { tracee, credentials } = given
  const before = caller(given)
  if (!before.privileged) return -EPERM
  const count = tracee.listener.int(0)
  if (count < 0 || count > mostGroups) return -EINVAL
  const groups = Array.from({ length: count }, (_, index) =>
    tracee.read(tracee.listener.address(1) + 4 * index, 4).readUInt32LE(0),
  )
  credentials.set(tracee.listener.thread, { ...before, groups })
  return 0
}
