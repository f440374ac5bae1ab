import type { Call } from './call.ts'
import { recordSize, reportFd } from './machine-code.ts'
import { CLONE_PARENT_SETTID, PR_SET_CHILD_SUBREAPER, PR_SET_PDEATHSIG, SIGCHLD, SIGKILL } from './flags.ts'

/** Keys of the records a launch writes besides errors. */
export const recordKey = { pid: 1n, status: 2n, listener: 3n, further: 4n } as const

/**
 * The caller's death, however it comes, is this process's. Must be repeated when credentials have
 * changed.
 */
export const dieWithParent: Call = {
  name: 'prctl',
  args: [PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0],
  purpose: 'ask to die with the parent',
}

/** Orphans of its descendants become children of this process. */
export const adoptOrphans: Call = {
  name: 'prctl',
  args: [PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0],
  purpose: 'adopt orphans',
}

/**
 * Waits for something that the caller does from outside. The report descriptor is a socket, and one
 * byte says that it is done.
 */
export function awaitCaller(purpose: string): Call {
  return { name: 'read', args: [reportFd, new Uint8Array(8), 1], purpose }
}

/** First call of a launcher that another program starts. */
export const reportFurther: Call = {
  name: 'write',
  args: [reportFd, record(recordKey.further), recordSize],
  purpose: 'report the start',
}

/** Descriptors are `int`: gVisor refuses a greater bound. */
export const closeOthers: Call = closeFrom(reportFd + 1)

/** Closes a descriptor and all higher ones. */
export function closeFrom(fd: number): Call {
  return { name: 'close_range', args: [fd, 0x7fffffff, 0], purpose: 'close other descriptors' }
}

/**
 * Goes on in a child with namespaces of its own (`flags`: CLONE_NEW…). The parent reports the
 * child's pid, waits and reports how it ended; it holds none of the child's descriptors, so that
 * output ends when the child's does.
 */
export function planChild(flags: number): readonly Call[] {
  const pid = record(recordKey.pid)
  const status = record(recordKey.status)
  const parent: readonly Call[] = [
    // First, so that the child can be killed when the rest fails.
    { name: 'write', args: [reportFd, pid, recordSize], purpose: 'report the process id' },
    { name: 'close_range', args: [0, reportFd - 1, 0], purpose: 'close the output streams' },
    closeOthers,
    { name: 'wait4', args: [-1, { data: status, offset: 8 }, 0, 0], purpose: 'wait for the process' },
    // A result that is not 0 goes on with the next row, so the pid that wait4 returns does no harm.
    { name: 'write', args: [reportFd, status, recordSize], purpose: 'report the status' },
    { name: 'exit_group', args: [0], purpose: 'exit' },
  ]
  const clone: Call = {
    name: 'clone',
    args: [flags | CLONE_PARENT_SETTID | SIGCHLD, 0, { data: pid, offset: 8 }, 0, 0],
    purpose: 'make namespaces',
    otherwise: parent,
  }
  return [dieWithParent, clone, dieWithParent]
}

function record(key: bigint): Uint8Array {
  return new Uint8Array(BigUint64Array.of(key, 0n).buffer)
}
