import { setTimeout as sleep } from 'node:timers/promises'
import { RegistryError } from '../errors.ts'
import { drain, statusText, type Fetch, type HttpRequest, type HttpResponse, type Middleware } from '../http.ts'
import type { ResponseHeaders } from '../response-headers.ts'
import { redactUrl } from '../redact.ts'

/** Number and delays of retries. Times are milliseconds. */
export interface RetryPolicy {
  /** All attempts, the first included. A silent registry gets at most two. */
  readonly attempts: number
  /** Wait before the second attempt; doubles from there on. */
  readonly delay: number
  readonly maxDelay: number
  /** A registry that asks (Retry-After) for more than this is not asked again. */
  readonly maxRetryAfter: number
  /** Bound for all waits of one request together. */
  readonly maxWait: number
}

/** Attempts that a silent or slow registry gets at most: each takes as long as its time limit. */
export const attemptsIfSilent = 2

export const defaultRetryPolicy: RetryPolicy = {
  attempts: 5,
  delay: 200,
  maxDelay: 10_000,
  maxRetryAfter: 60_000,
  maxWait: 120_000,
}

/** A repetition that is about to happen. */
export interface RetryEvent {
  /** With the port if there is one. */
  readonly host: string
  /** `GET https://registry.example/v2/app/manifests/1.0`, without query values. */
  readonly request: string
  /** The attempt that failed, from 1. */
  readonly attempt: number
  /** Milliseconds until the next one. */
  readonly delay: number
  /** `registry.example answered 429 Too Many Requests`, or the message of the error. */
  readonly reason: string
  /** The registry named the delay (Retry-After). */
  readonly asked: boolean
}

/**
 * Repeats requests that failed for a temporary reason: no answer, 429, or a server error. Requests
 * marked `once` pass. While a host asks to wait (Retry-After), no other request goes to it either.
 */
export function retry(policy: RetryPolicy, onRetry?: (event: RetryEvent) => void): Middleware {
  const holds = new Map<string, number>()
  return (next) => async (request) => {
    const { method, url, signal, once } = request
    const attempts = Math.min(policy.attempts, request.attempts ?? policy.attempts)
    let waited = 0
    for (let attempt = 1; ; attempt++) {
      const hold = (holds.get(url.host) ?? 0) - Date.now()
      if (hold > 0) await pause(hold + backoff(policy, 1), signal)
      const outcome = await attemptOnce(next, request)
      const asked = 'response' in outcome ? readRetryAfter(outcome.response.headers) : undefined
      const delay = once === true ? undefined : waitBefore(attempt, { ...outcome, asked }, { ...policy, attempts })
      if (delay === undefined || waited + delay > policy.maxWait) return settle(outcome, attempt)
      if (asked !== undefined) holds.set(url.host, Date.now() + asked)
      if ('response' in outcome) await drain(outcome.response)
      const { host } = url
      const reason = await formatReason(outcome, url)
      onRetry?.({ host, request: `${method} ${redactUrl(url)}`, attempt, delay, reason, asked: asked !== undefined })
      await pause(delay, signal)
      waited += delay
    }
  }
}

/**
 * Milliseconds before attempt `attempt + 1`: exponential, half of it random so that clients do not
 * return in step.
 */
export function backoff(policy: RetryPolicy, attempt: number): number {
  const full = Math.min(policy.maxDelay, policy.delay * 2 ** (attempt - 1))
  return Math.round(full / 2 + (Math.random() * full) / 2)
}

/** Waits; rejects with the signal's reason when aborted. */
export async function pause(milliseconds: number, signal?: AbortSignal): Promise<void> {
  try {
    await sleep(milliseconds, undefined, signal && { signal })
  } catch (error) {
    throw signal?.aborted === true ? signal.reason : error
  }
}

/**
 * Answers after which the same request may succeed. 500 is among them: registries answer it for
 * lost races.
 */
export function isTemporaryStatus(status: number): boolean {
  return status === 408 || status === 429 || status === 500 || status === 502 || status === 503 || status === 504
}

type Outcome = { readonly response: HttpResponse } | { readonly error: unknown }

async function attemptOnce(next: Fetch, request: HttpRequest): Promise<Outcome> {
  try {
    return { response: await next(request) }
  } catch (error) {
    return { error }
  }
}

function settle(outcome: Outcome, attempts: number): HttpResponse {
  if ('response' in outcome) return attempts === 1 ? outcome.response : { ...outcome.response, attempts }
  const { error } = outcome
  throw error instanceof RegistryError ? error.tried(attempts) : error
}

function waitBefore(
  attempt: number,
  outcome: Outcome & { readonly asked: number | undefined },
  policy: RetryPolicy,
): number | undefined {
  if (attempt >= policy.attempts) return undefined
  if ('error' in outcome) {
    const { error } = outcome
    if (!(error instanceof RegistryError) || !error.temporary) return undefined
    if (error.code === 'REGISTRY_TIMEOUT' && attempt >= attemptsIfSilent) return undefined
    return backoff(policy, attempt)
  }
  if (!isTemporaryStatus(outcome.response.status)) return undefined
  const { asked } = outcome
  if (asked === undefined) return backoff(policy, attempt)
  return asked > policy.maxRetryAfter ? undefined : Math.max(asked, backoff(policy, attempt))
}

/**
 * Milliseconds that Retry-After asks for: seconds, or a date by the clock of the server (RFC 9110
 * § 10.2.3).
 */
export function readRetryAfter(headers: ResponseHeaders): number | undefined {
  const value = headers.get('retry-after')
  if (value === null) return undefined
  if (/^\d{1,9}$/.test(value)) return Number(value) * 1000
  const date = Date.parse(value)
  return Number.isNaN(date) ? undefined : Math.max(0, date - serverTime(headers))
}

/** Time of an answer in milliseconds since 1970: clocks of servers may be wrong. */
export function serverTime(headers: ResponseHeaders): number {
  const date = Date.parse(headers.get('date') ?? '')
  return Number.isNaN(date) ? Date.now() : date
}

async function formatReason(outcome: Outcome, { host }: URL): Promise<string> {
  if ('response' in outcome) return `${host} answered ${await statusText(outcome.response.status)}`
  return outcome.error instanceof Error ? outcome.error.message : String(outcome.error)
}
