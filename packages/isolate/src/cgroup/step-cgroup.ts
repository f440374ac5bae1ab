import { randomBytes } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { constants } from 'node:os'
import { join } from 'node:path'
import { IsolationError } from '../model/errors.ts'
import type { ProcessResult } from '../model/process.ts'
import { readCount } from './cgroup-files.ts'
import { type Limits, type Setting, toSettings } from './limits.ts'
import { killCgroup, removeCgroup, removeEmptyCgroup } from './remove-cgroup.ts'

/** Limits of processes and the control group that theirs are made in. */
export interface LimitedTo {
  readonly cgroup: string
  /** Those that the group can enforce. */
  readonly limits: Limits
}

/** Milliseconds. A fork bomb that the limit holds back would spin until then. */
const watchInterval = 100
const killedCode = 128 + constants.signals.SIGKILL

/**
 * The control group of one process and its descendants. The first fork that the limit refuses ends
 * all of them, as memory does: what goes on after a failed fork is rarely what was meant. Disposing
 * kills what is left.
 */
export class StepCgroup implements AsyncDisposable {
  readonly directory: string
  readonly #limits: Limits
  readonly #watch: NodeJS.Timeout

  private constructor(directory: string, limits: Limits) {
    this.directory = directory
    this.#limits = limits
    // Polled: the kernel reports a change of the file by inotify, of which a machine can run out.
    this.#watch = setInterval(() => {
      if (this.#refusedForks() > 0) killCgroup(directory)
    }, watchInterval)
  }

  /** Throws `LIMITS_FAILED` with the limit that the kernel refuses. */
  static make({ cgroup, limits }: LimitedTo): StepCgroup {
    const directory = join(cgroup, `step-${randomBytes(6).toString('hex')}`)
    mkdirSync(directory)
    try {
      for (const setting of toSettings(limits)) apply(directory, setting)
    } catch (error) {
      removeEmptyCgroup(directory)
      throw error
    }
    return new StepCgroup(directory, limits)
  }

  /** The result of the process with the limit that ended it. */
  resultOf(result: ProcessResult): ProcessResult {
    const { memory, pids } = this.#limits
    const killed = readCount(this.directory, 'memory.events', 'oom_kill') > 0
    if (pids !== undefined && this.#refusedForks() > 0) {
      // A process that ended by itself before it was looked at fares as one that was killed.
      return { ...result, exitCode: result.exitCode || killedCode, reached: { limit: 'pids', value: pids } }
    }
    // Without an event of its own, the limit is that of a group above.
    const isOwn = memory !== undefined && killed && readCount(this.directory, 'memory.events', 'oom') > 0
    return {
      ...result,
      outOfMemory: result.outOfMemory || killed,
      ...(isOwn && { reached: { limit: 'memory', value: memory } }),
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#watch)
    await removeCgroup(this.directory)
  }

  #refusedForks(): number {
    return this.#limits.pids === undefined ? 0 : readCount(this.directory, 'pids.events', 'max')
  }
}

function apply(directory: string, { limit, file, value, optional = false }: Setting): void {
  try {
    writeFileSync(join(directory, file), value, { flag: 'r+' })
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : String(cause)
    if (optional && code === 'ENOENT') return
    throw new IsolationError(
      'LIMITS_FAILED',
      `cannot set the limit ${limit}: ${code} when ${file} is set to "${value}"`,
      { cause },
    )
  }
}
