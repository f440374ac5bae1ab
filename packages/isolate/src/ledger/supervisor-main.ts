import { parentPort } from 'node:worker_threads'
import type { Arch } from '../launcher/machine-code.ts'
import type { Credentials } from './credentials.ts'
import { Ledger, type LedgerRow } from './ledger.ts'
import { supervise } from './supervise.ts'

// The thread a supervisor lives in. It answers the calls of one process and its descendants at a time.

/** Input of a supervisor. */
export interface SupervisorTask {
  readonly arch: Arch
  readonly fd: number
  readonly rows: readonly LedgerRow[]
  readonly credentials: Credentials
}

/** Output of a supervisor: the ledger, or the reason of a failure. */
export type SupervisorResult = { readonly rows: readonly LedgerRow[] } | { readonly error: string }

parentPort?.on('message', ({ rows, ...task }: SupervisorTask) => {
  const ledger = new Ledger(rows)
  parentPort?.postMessage(run())

  function run(): SupervisorResult {
    try {
      supervise({ ...task, ledger })
      return { rows: [...ledger.rows()] }
    } catch (error) {
      return { error: error instanceof Error ? (error.stack ?? error.message) : String(error) }
    }
  }
})
