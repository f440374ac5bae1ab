import type { ChildProcess } from 'node:child_process'
import { constants } from 'node:os'

/** End of a process: an exit code or a signal. */
export type Ending = { readonly code: number } | { readonly signal: number }

/** Resolves when a child has ended; rejects when it could not be started. */
export function awaitEnding(child: ChildProcess): Promise<Ending> {
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', (code, signal) => {
      resolve(code === null ? { signal: signal === null ? 0 : constants.signals[signal] } : { code })
    })
  })
}
