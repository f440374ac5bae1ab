import { parentPort } from 'node:worker_threads'
import type { GuestEmulator } from '../confined/loader/guest-emulator.ts'
import { superviseConfined } from '../confined/supervise.ts'
import type { GuestMount } from '../confined/paths/mount-table.ts'
import type { Arch } from '../machine/machine-code.ts'
import type { Credentials } from '../listener/credentials.ts'
import { Ledger, type LedgerRow } from '../ledger/ledger.ts'
import { receiveDescriptor } from '../listener/receive-descriptor.ts'
import { supervise } from '../ledger/supervise.ts'
import { superviseDevices } from '../ledger/supervise-devices.ts'
import { blockSignals, loadSystem } from '../listener/system.ts'

// The thread a supervisor lives in. It answers the calls of one process and its descendants at a
// time.

interface Task {
  readonly arch: Arch
  readonly rows: readonly LedgerRow[]
  readonly credentials: Credentials
}

/** A supervisor that keeps owners. */
export interface LedgerTask extends Task {
  readonly kind: 'ledger'
  /** Listener of the filter. */
  readonly fd: number
  readonly ofRoot: boolean
}

/** A supervisor that answers for all files. */
export interface ConfinedTask extends Task {
  readonly kind: 'confined'
  /** Socket on which the process sends the listener of its filter; closed at the end. */
  readonly socket: number
  readonly until: number
  readonly cwd: string
  readonly hostname: string
  readonly capabilities: bigint
  readonly emulators: readonly GuestEmulator[]
  readonly reachesHostSockets: boolean
  readonly mounts: readonly [GuestMount, ...GuestMount[]]
  readonly made: readonly { readonly dev: number; readonly ino: number }[]
  readonly loaders: string
}

/** A supervisor that makes devices. */
export interface DeviceTask {
  readonly kind: 'devices'
  readonly arch: Arch
  /** Listener of the filter. */
  readonly fd: number
  readonly rows: readonly []
}

/** Input of a supervisor. */
export type SupervisorTask = LedgerTask | ConfinedTask | DeviceTask

/** Output of a supervisor: the ledger, or the reason of a failure. */
export type SupervisorResult = { readonly rows: readonly LedgerRow[] } | { readonly error: string }

parentPort?.on('message', ({ rows, ...task }: SupervisorTask) => {
  const ledger = new Ledger(rows)
  parentPort?.postMessage(run())

  function run(): SupervisorResult {
    try {
      blockSignals(loadSystem(task.arch))
      if (task.kind === 'devices') superviseDevices(task)
      else if (task.kind === 'ledger') supervise({ ...task, ledger })
      else confine(task, ledger)
      return { rows: [...ledger.rows()] }
    } catch (error) {
      return { error: error instanceof Error ? (error.stack ?? error.message) : String(error) }
    }
  }
})

function confine(task: Omit<ConfinedTask, 'rows'>, ledger: Ledger): void {
  const system = loadSystem(task.arch)
  try {
    const fd = receiveDescriptor(system, task.socket)
    // The process has ended before. Its launch reports why.
    if (fd !== undefined) superviseConfined({ ...task, system, fd, ledger })
  } finally {
    system.call('close', task.socket)
  }
}
