import {
  type ActionResult,
  Code,
  type ExecuteResponse,
  fromWire,
  isTemporary,
  type Named,
  ReapiError,
  statusName,
} from '@tsbuild/reapi'
import type { RemoteOptions } from './remote-options.ts'

/** An attempt of a step that ended without a result, for a reason that may pass. */
export interface Loss {
  readonly lost: string
  /**
   * `worker`: killed, or gone. `server`: it reports a failure of its own. `program`: the program of
   * the action ended before its step.
   */
  readonly of: 'worker' | 'server' | 'program'
  /** The server lacks files that it had. */
  readonly isMissingInput?: boolean
}

/** Attempts of a step whose workers are lost. */
const attempts = 4

/** Equal failures in a row after which another attempt has no use: the cause is no accident. */
const equalFailures: Readonly<Record<Loss['of'], number>> = {
  worker: Number.POSITIVE_INFINITY,
  server: 3,
  program: 2,
}

const events: Readonly<Record<Loss['of'], string>> = {
  worker: 'the worker was lost',
  server: 'the server failed',
  program: 'the program for workers ended early',
}

/** The lost attempts of a step. */
export class Losses {
  readonly #server: string
  #number = 0
  #equal = 0
  #last: string | undefined

  constructor(server: string) {
    this.#server = server
  }

  /**
   * Counts an attempt and returns a note about the next one. Throws `ReapiError` where there is
   * none: after 4 attempts, or after fewer with the same failure.
   */
  add({ lost, of }: Loss): string {
    this.#number += 1
    const known = withoutNumbers(`${of} ${lost}`)
    this.#equal = known === this.#last ? this.#equal + 1 : 1
    this.#last = known
    if (this.#equal >= equalFailures[of]) throw permanent({ lost, of }, this.#server, this.#equal)
    if (this.#number === attempts)
      throw new ReapiError('REMOTE_UNAVAILABLE', `${attempts} workers of ${this.#server} were lost: ${lost}`)
    return `${events[of]} (${lost}): attempt ${this.#number + 1} of ${attempts}`
  }
}

function permanent({ lost, of }: Loss, server: string, times: number): ReapiError {
  if (of === 'server')
    return new ReapiError('REMOTE_REFUSED', `${server} failed to execute the step ${times} times: ${lost}`, {
      hint: 'its log has the reason; without --remote, steps run on this machine',
    })
  return new ReapiError('REMOTE_REFUSED', `the program of tsbuild does not run on workers of ${server}: ${lost}`, {
    hint: 'workers need Linux and the C library of Node; name their own Node with --remote url=…,node=PATH',
  })
}

/** Equal for messages that differ in names of operations, workers or times only. */
function withoutNumbers(text: string): string {
  return text.replaceAll(/[0-9a-f]{8}[0-9a-f-]*|\d+/gi, '#')
}

/** Reason why an execution has to be tried again. Throws `ReapiError` where that is no use. */
export function lossOf(
  { status, message }: Pick<ExecuteResponse, 'status' | 'message'>,
  { timeout }: Pick<RemoteOptions, 'timeout'>,
): Loss | undefined {
  if (status === undefined || status.code === 0) return undefined
  const lost = `${statusName(status.code)}: ${(status.message || message).slice(0, 300)}`
  if (status.code === Code.DeadlineExceeded)
    throw new ReapiError(
      'REMOTE_REFUSED',
      `the step took longer than ${timeout ?? 'the limit of the server'}: ${lost}`,
      {
        hint: 'give it more time: --remote url=…,timeout=SECONDS',
      },
    )
  if (status.code === Code.FailedPrecondition) return { lost, of: 'worker', isMissingInput: true }
  if (status.code === Code.Internal || status.code === Code.Unknown) return { lost, of: 'server' }
  if (isTemporary(status.code) || isBusyFile(lost)) return { lost, of: 'worker' }
  throw new ReapiError('REMOTE_REFUSED', `the step cannot be executed: ${lost}`, { status: status.code })
}

/**
 * True where a worker could not execute the copy of a file that it made, because a process that it
 * forked meanwhile still holds the copy open (ETXTBSY).
 */
function isBusyFile(text: string): boolean {
  return /text file busy/i.test(text)
}

/** Bytes of a log in which the reason of an end is looked for. */
export const endLimit = 4 * 1024 * 1024

/** The loss of a program that left no result: killed, if its exit code says so. */
export async function endWithoutResult(
  result: Pick<ActionResult, 'exitCode' | 'stderrRaw' | 'stderrDigest'> | undefined,
  fetch: (named: Named) => Promise<Uint8Array>,
): Promise<Loss> {
  if (result === undefined) return { lost: 'no result', of: 'worker' }
  const { exitCode, stderrRaw, stderrDigest } = result
  const isStored = stderrRaw.length === 0 && stderrDigest !== undefined && stderrDigest.sizeBytes > 0n
  const stderr = isStored ? await fetch(fromWire(stderrDigest)).catch(() => stderrRaw) : stderrRaw
  const last = Buffer.from(stderr).toString('utf8').trim().split('\n').at(-1)?.slice(0, 300)
  const isKilled = exitCode > 128 || exitCode < 0
  return { lost: `exit code ${exitCode}${last ? `: ${last}` : ''}`, of: isKilled ? 'worker' : 'program' }
}
