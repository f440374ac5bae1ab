import { Worker } from 'node:worker_threads'
import { O_CLOEXEC, O_CREAT, O_EXCL, O_NOCTTY, O_TRUNC, openFlags } from '../../ledger/kernel.ts'
import type { Answer } from '../../ledger/notification.ts'
import type { Confinement } from '../context.ts'
import type { LateOpening } from './later-main.ts'

/**
 * Opens a named pipe that another process has to open as well, in a thread of its own: the supervisor goes on meanwhile.
 * Takes over `pipe`.
 */
export function openLater(given: Confinement, pipe: number, flags: number): Answer {
  if (pipe < 0) return pipe
  const { tracee, arch } = given
  const workerData: LateOpening = {
    arch,
    pipe,
    flags: flags & ~(O_CREAT | O_EXCL | O_TRUNC | O_NOCTTY | openFlags[arch].noFollow | O_CLOEXEC),
    closeOnExec: (flags & O_CLOEXEC) !== 0,
    listener: tracee.listener.fd,
    id: tracee.listener.id,
  }
  new Worker(new URL('./later-main.ts', import.meta.url), { workerData }).unref()
  return 'answered'
}
