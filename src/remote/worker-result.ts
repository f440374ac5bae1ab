import { isErrorCode } from '@tsbuild/errors'
import type { ProcessResult } from '@tsbuild/isolate'
import { type CachedLayer, decodeLayer } from '../cache/model/cache-document.ts'
import { readMembers } from '../cache/model/decoded-json.ts'
import type { PlainError } from '../rootfs/protocol/agent-protocol.ts'
import { taskVersion } from './worker-task.ts'

/** The file `result.json` of a step on a worker: the end of its process, or a failure before. */
export type WorkerResult =
  | { readonly result: ProcessResult; readonly rung: string; readonly layer?: CachedLayer }
  | { readonly error: PlainError }

/** Bytes of a result. */
export const resultLimit = 64 * 1024

export function encodeResult(result: WorkerResult): string {
  return JSON.stringify({ version: taskVersion, ...result })
}

/** Reads a result from a worker; throws `TypeError` for anything else. */
export function decodeResult(text: string): WorkerResult {
  const { version, result, rung, layer, error } = readMembers(JSON.parse(text))
  if (version !== taskVersion) throw new TypeError('the worker ran another version of tsbuild')
  if (error !== undefined) return { error: decodeError(error) }
  return {
    result: decodeProcess(result),
    rung: String(rung).slice(0, 100),
    ...(layer !== undefined && { layer: decodeLayer(layer) }),
  }
}

function decodeProcess(value: unknown): ProcessResult {
  const { exitCode, signal, outOfMemory, reached } = readMembers(value)
  if (typeof exitCode !== 'number' || !Number.isInteger(exitCode)) throw new TypeError('an exit code is damaged')
  return {
    exitCode,
    outOfMemory: outOfMemory === true,
    ...(isSignal(signal) && { signal }),
    ...(reached !== undefined && { reached: decodeReached(reached) }),
  }
}

function isSignal(value: unknown): value is NodeJS.Signals {
  return typeof value === 'string' && /^SIG[A-Z0-9]{1,10}$/.test(value)
}

function decodeReached(value: unknown): NonNullable<ProcessResult['reached']> {
  const { limit, value: bound } = readMembers(value)
  if ((limit !== 'memory' && limit !== 'pids') || typeof bound !== 'number') throw new TypeError('a limit is damaged')
  return { limit, value: bound }
}

function decodeError(value: unknown): PlainError {
  const { code, message, hint } = readMembers(value)
  return {
    code: isErrorCode(code) ? code : 'INTERNAL',
    message: String(message).slice(0, 2000),
    ...(typeof hint === 'string' && { hint: hint.slice(0, 2000) }),
  }
}
