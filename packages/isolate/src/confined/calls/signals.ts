import { EPERM, ESRCH } from '../../listener/kernel.ts'
import type { Answer } from '../../listener/notification.ts'
import type { ConfinedHandlers, Confinement } from '../context.ts'

/**
 * Calls about another process. The builder has the same user as its confined processes, so that the
 * kernel would let them signal it and look into its memory: they see only supervised
 * processes.
 */
export const signalHandlers: ConfinedHandlers = {
  kill,
  tkill: (given) => ifSignalled(given, given.tracee.listener.int(0)),
  tgkill: (given) => ifSignalled(given, given.tracee.listener.int(0)),
  rt_sigqueueinfo: (given) => ifSignalled(given, given.tracee.listener.int(0)),
  rt_tgsigqueueinfo: (given) => ifSignalled(given, given.tracee.listener.int(0)),
  pidfd_open: (given) => ifSupervised(given, given.tracee.listener.int(0)),
  prlimit64: (given) => ifSupervised(given, given.tracee.listener.int(0)),
  process_vm_readv: (given) => ifSupervised(given, given.tracee.listener.int(0)),
  process_vm_writev: (given) => ifSupervised(given, given.tracee.listener.int(0)),
  ptrace: (given) =>
    given.tracee.listener.int(0) === PTRACE_TRACEME ? 'continue' : ifSupervised(given, given.tracee.listener.int(1)),
}

const PTRACE_TRACEME = 0

function kill(given: Confinement): Answer {
  const target = given.tracee.listener.int(0)
  if (target === -1) return killAll(given)
  // Its own group: the launcher has made a session.
  if (target === 0) return 'continue'
  return target < 0 ? ifSupervised(given, -target) : ifSignalled(given, target)
}

/** kill(2): others than root signal processes of their own user. */
function ifSignalled(given: Confinement, id: number): Answer {
  const answer = ifSupervised(given, id)
  const { user, privileged } = given.caller.credentials
  if (answer !== 'continue' || privileged) return answer
  const leader = given.tracee.relatives(id)?.leader
  const target = leader === undefined ? undefined : given.processes.find(leader)?.credentials.user
  if (target === undefined) return answer
  const isOwn = [target.real, target.saved].some((other) => other === user.real || other === user.effective)
  return isOwn ? answer : -EPERM
}

/** 0 is the caller itself. */
function ifSupervised({ tracee, processes }: Confinement, id: number): Answer {
  if (id === 0) return 'continue'
  const leader = tracee.relatives(id)?.leader
  // A group may outlive the process that it is named for.
  if (leader === undefined) return 'continue'
  return processes.find(leader) === undefined ? -ESRCH : 'continue'
}

/** kill(2), pid -1: every process but the caller and the first one. */
function killAll({ tracee, processes, caller }: Confinement): number {
  const others = [...processes.leaders()].slice(1).filter((leader) => leader !== caller.leader)
  const results = others.map((leader) => tracee.system.call('kill', leader, tracee.listener.int(1)))
  if (others.length === 0) return -ESRCH
  return results.includes(0) ? 0 : -EPERM
}
