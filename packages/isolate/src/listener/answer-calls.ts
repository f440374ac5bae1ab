import type { Answer, Listener, Receiving } from './notification.ts'
import type { System } from './system.ts'
import { Unresolved } from './tracee-memory.ts'

/**
 * Answers trapped calls until no process with the filter is left. Blocks the calling thread. An
 * error of the supervisor itself is thrown at the end: until then the kernel answers, so that
 * nothing hangs. `receiving`: how the next call is received.
 */
export function answerCalls(listener: Listener, answer: () => Answer, receiving: () => Receiving = () => ({})): void {
  const failures: unknown[] = []
  while (listener.receive(receiving()) === 'call') {
    try {
      listener.answer(answer())
    } catch (error) {
      if (!(error instanceof Unresolved) && failures.length < 8) failures.push(error)
      listener.answer('continue')
    }
  }
  listener.close()
  if (failures.length > 0) throw new AggregateError(failures, `cannot answer a system call: ${String(failures[0])}`)
}

/**
 * Gives new files of the calling thread exactly the requested modes. The umask of the other threads
 * stays as it is.
 */
export function clearUmask(system: System): void {
  system.call('unshare', CLONE_FS)
  system.call('umask', 0)
}

const CLONE_FS = 0x200
