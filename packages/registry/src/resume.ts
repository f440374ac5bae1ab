import type { Bytes } from '@tsbuild/content'
import { RegistryError } from './errors.ts'
import type { HttpResponse } from './http.ts'
import { attemptsIfSilent, backoff, pause, type RetryPolicy } from './middleware/retry.ts'

/**
 * Every so many bytes received earn one more reconnection, so that large blobs survive a poor line
 * and a hostile server ends.
 */
export const bytesPerResume = 16 * 1024 * 1024

/** Bytes from `start` on; a server may ignore the requested offset and begin at 0. */
export interface Opened {
  readonly start: number
  readonly bytes: Bytes
}

/** A transfer that broke off and is about to continue. */
export interface Continuation {
  /** The attempt that failed, from 1. */
  readonly attempt: number
  /** Milliseconds until the next one. */
  readonly delay: number
  readonly error: RegistryError
}

/** A download that can begin anywhere. */
export interface Resumable {
  /** Bytes. */
  readonly size: number
  readonly policy: RetryPolicy
  readonly signal?: AbortSignal | undefined
  /** Opens the content again, from `offset` on. */
  open(offset: number): Promise<Opened>
  /** Called before the wait for the next attempt. */
  readonly onBreak?: (continuation: Continuation) => Promise<void>
}

/** Bytes of a download that continues where a connection broke; not verified. */
export async function* resume(
  { size, policy, signal, open, onBreak }: Resumable,
  first: Opened,
): AsyncGenerator<Uint8Array, void, undefined> {
  let opened = first
  let offset = 0
  for (let failures = 1; ; failures++) {
    try {
      for await (const chunk of remainder(opened, offset)) {
        offset += chunk.length
        yield chunk
      }
      return
    } catch (error) {
      if (!(error instanceof RegistryError)) throw error
      // All bytes have arrived; the verification decides whether they are the right ones.
      if (offset >= size) return
      const attempts = error.code === 'REGISTRY_TIMEOUT' ? Math.min(policy.attempts, attemptsIfSilent) : policy.attempts
      const allowed = attempts - 1 + Math.floor(offset / bytesPerResume)
      if (!error.temporary || failures > allowed) throw error.tried(failures)
      const delay = backoff(policy, Math.min(failures, policy.attempts))
      await onBreak?.({ attempt: failures, delay, error })
      await pause(delay, signal)
    }
    opened = await open(offset)
  }
}

/** Bytes from `offset` on, also when the server begins elsewhere. */
async function* remainder({ start, bytes }: Opened, offset: number): AsyncGenerator<Uint8Array> {
  if (start > offset)
    throw new RegistryError('REGISTRY_PROTOCOL', `the answer begins at byte ${start} instead of ${offset}`)
  let skip = offset - start
  for await (const chunk of bytes) {
    const { length } = chunk
    if (skip < length) yield skip === 0 ? chunk : chunk.subarray(skip)
    skip = Math.max(0, skip - length)
  }
}

/**
 * First byte of an answer, which may be partial (RFC 9110 § 14.4). One that does not say is taken
 * for the whole and fails verification.
 */
export function startOf({ status, headers }: HttpResponse): number {
  if (status !== 206) return 0
  const match = /^bytes (\d{1,15})-/.exec(headers.get('content-range') ?? '')
  return Number(match?.[1] ?? 0)
}
