import { EPERM, ESRCH } from '../../listener/kernel.ts'
import type { Answer } from '../../listener/notification.ts'
import type { ConfinedHandlers, Confinement } from '../context.ts'
import { mayInspect } from '../inspection.ts'

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
  process_vm_readv: (given) => ifInspectable(given, given.tracee.listener.int(0)),
  process_vm_writev: (given) => ifInspectable(given, given.tracee.listener.int(0)),
  ptrace: (given) =>
    given.tracee.listener.int(0) === PTRACE_TRACEME
      ? askForTracer(given)
      : ifInspectable(given, given.tracee.listener.int(1)),
}

const PTRACE_TRACEME = 0

function kill(given: Confinement): Answer {
  const target = given.tracee.listener.int(0)
  if (target === -1) return killAll(given)
  // Its own group: the launcher has made a session.
  if (target === 0) return 'continue'
  return target < 0 ? ifOwnGroup(given, -target) : ifSignalled(given, target)
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

/**
 * An id without a process is refused here: a process outside may have it when the kernel looks.
 * Those below 1 name no other process.
 */
function ifSupervised({ tracee, processes }: Confinement, id: number): Answer {
  if (id <= 0) return 'continue'
  const leader = tracee.relatives(id)?.leader
  return leader === undefined || processes.find(leader) === undefined ? -ESRCH : 'continue'
}

/** Looks into the memory of a process are for those who may trace it. */
function ifInspectable(given: Confinement, id: number): Answer {
  const leader = given.tracee.relatives(id)?.leader
  const target = leader === undefined ? undefined : given.processes.find(leader)
  if (target === undefined) return -ESRCH
  return mayInspect(given.caller, target) ? 'continue' : -EPERM
}

/** A group may outlive the process that it is named for. It is part of one session. */
function ifOwnGroup({ tracee, processes }: Confinement, group: number): Answer {
  const isOwn = processes.find(group) !== undefined || processes.leaders().some((id) => tracee.groupOf(id) === group)
  return isOwn ? 'continue' : -ESRCH
}

/** The parent becomes the tracer. That of the first process, and of orphans, is the builder. */
function askForTracer({ tracee, processes, caller }: Confinement): Answer {
  const parent = tracee.relatives(caller.leader)?.parent
  return parent === undefined || processes.find(parent) === undefined ? -EPERM : 'continue'
}

/** kill(2), pid -1: every process but the caller and the first one. */
function killAll({ tracee, processes, caller }: Confinement): number {
  const others = processes
    .leaders()
    .slice(1)
    .filter((leader) => leader !== caller.leader)
  const results = others.map((leader) => tracee.system.call('kill', leader, tracee.listener.int(1)))
  if (others.length === 0) return -ESRCH
  return results.includes(0) ? 0 : -EPERM
}
