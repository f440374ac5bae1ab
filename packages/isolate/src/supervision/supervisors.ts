import { getSystemErrorMap } from 'node:util'
import { Worker } from 'node:worker_threads'
import { IsolationError } from '../model/errors.ts'
import type { ProcessSpec } from '../model/process.ts'
import { hostArch } from '../launcher/start.ts'
import { rootCredentials } from '../listener/credentials.ts'
import type { Ledger, LedgerRow } from '../ledger/ledger.ts'
import { FirstCalls } from './first-calls.ts'
import type { ConfinedTask, SupervisorResult, SupervisorTask } from './supervisor-main.ts'
import { loadSystem, type System } from '../listener/system.ts'

/** A process, and the descriptor in it that is the listener of its filter. */
export interface Listening {
  readonly pid: number
  readonly fd: number
}

/** The ledger of a process, and the user of its program. */
interface Owned {
  readonly ledger: Ledger
  readonly user: ProcessSpec['user']
}

/**
 * Threads that answer trapped calls: one for each process that runs at the same time, kept for the
 * next.
 */
export class Supervisors implements AsyncDisposable {
  readonly #idle: Worker[] = []
  readonly #system: System = loadSystem(hostArch())
  readonly #firstCalls = new FirstCalls()

  /** Starts a thread for the first process, which would wait for it longer than it runs. */
  prepare(): void {
    const worker = startThread()
    worker.unref()
    this.#idle.push(worker)
  }

  /**
   * Supervises a process and its descendants. Resolves when all have ended; the ledger then has
   * what they did. Rejects with `SUPERVISOR_FAILED`.
   */
  async supervise(process: Listening, { ledger, user }: Owned): Promise<void> {
    const fd = this.#takeDescriptor(process)
    const rows = [...ledger.rows()]
    // Root at first: the launcher's own calls make it the user. They change no groups of root then.
    const credentials = { ...rootCredentials, groups: user.groups }
    const ofRoot = user.uid === 0
    await this.#perform({ kind: 'ledger', arch: hostArch(), fd, rows, credentials, ofRoot }, ledger)
  }

  /**
   * Makes the devices that a process and its descendants request. Resolves when all have ended.
   * Starts a thread at the first such call, and never for a process without a listener.
   */
  async makeDevices(process: Listening): Promise<void> {
    const fd = this.#copyDescriptor(process)
    if (fd < 0) return
    if ((await this.#firstCalls.of(fd)) === 'call')
      await this.#ask({ kind: 'devices', arch: hostArch(), fd, rows: [] }).then(throwFailure)
    else this.#system.call('close', fd)
  }

  /** Answers for all files of a process and its descendants, in the same way. */
  async confine(task: Omit<ConfinedTask, 'kind' | 'arch' | 'rows'>, ledger: Ledger): Promise<void> {
    await this.#perform({ ...task, kind: 'confined', arch: hostArch(), rows: [...ledger.rows()] }, ledger)
  }

  /** Ends the threads that wait for work. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#idle.splice(0).map((worker) => worker.terminate()))
  }

  #takeDescriptor(process: Listening): number {
    const copy = this.#copyDescriptor(process)
    if (copy >= 0) return copy
    const [name = `errno ${-copy}`, text = 'unknown error'] = getSystemErrorMap().get(copy) ?? []
    const message = `cannot take the listener of process ${process.pid}: ${name} (${text})`
    throw new IsolationError('SUPERVISOR_FAILED', message)
  }

  /** Copies a descriptor of another process (pidfd_getfd(2)); a negated errno if that fails. */
  #copyDescriptor({ pid, fd }: Listening): number {
    const handle = this.#system.call('pidfd_open', pid, 0)
    const copy = handle < 0 ? handle : this.#system.call('pidfd_getfd', handle, fd, 0)
    if (handle >= 0) this.#system.call('close', handle)
    return copy
  }

  async #perform(task: SupervisorTask, ledger: Ledger): Promise<void> {
    ledger.replace(throwFailure(await this.#ask(task)))
  }

  #ask(task: SupervisorTask): Promise<SupervisorResult> {
    const worker = this.#idle.pop() ?? startThread()
    worker.ref()
    return new Promise((resolve, reject) => {
      const fail = (cause: Error): void => reject(failed(cause.message, cause))
      worker.once('error', fail)
      worker.once('message', (result: SupervisorResult) => {
        worker.off('error', fail)
        worker.unref()
        this.#idle.push(worker)
        resolve(result)
      })
      worker.postMessage(task)
    })
  }
}

function startThread(): Worker {
  return new Worker(new URL('./supervisor-main.ts', import.meta.url))
}

/** Rows of a ledger, or the failure of the supervisor thrown. */
function throwFailure(result: SupervisorResult): readonly LedgerRow[] {
  if ('error' in result) throw failed(result.error)
  return result.rows
}

function failed(reason: string, cause?: unknown): IsolationError {
  return new IsolationError('SUPERVISOR_FAILED', `the supervisor of the process failed: ${reason}`, { cause })
}
