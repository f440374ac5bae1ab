import type { ResponseHeaders } from './response-headers.ts'
import { readRetryAfter, serverTime } from './middleware/retry.ts'

/** Limit of requests, as far as an answer names it. */
export interface RateLimit {
  /** Milliseconds until requests are accepted again. */
  readonly wait: number | undefined
  /** Requests in a window of time. */
  readonly limit: number | undefined
  /** Length of the window, in seconds. */
  readonly window: number | undefined
  /** Requests that are left in it. */
  readonly remaining: number | undefined
}

/** A reset beyond this is a time in seconds since 1970, not a duration. */
const latestDuration = 1_000_000_000

/**
 * Reads `Retry-After` (RFC 9110 § 10.2.3), and `RateLimit-Limit`, `RateLimit-Remaining` and
 * `RateLimit-Reset` as Docker Hub and others send them: `100;w=21600`.
 */
export function readRateLimit(headers: ResponseHeaders): RateLimit {
  const read = (name: string): string => headers.get(`ratelimit-${name}`) ?? headers.get(`x-ratelimit-${name}`) ?? ''
  const limit = read('limit')
  return {
    wait: readRetryAfter(headers) ?? readReset(read('reset'), serverTime(headers)),
    limit: readCount(limit),
    window: readCount(/;\s*w=(\d{1,9})/.exec(limit)?.[1] ?? ''),
    remaining: readCount(read('remaining')),
  }
}

/** `r.example takes requests again in 30 min, at 14:05 UTC; a login may allow more`. */
export function describeLimit({ wait, limit, window, remaining }: RateLimit, host: string): string | undefined {
  const end = wait === undefined ? undefined : `takes requests again in ${formatWait(wait)}, at ${formatTime(wait)}`
  const left = remaining === undefined ? '' : `, of which ${remaining} are left`
  const span = window === undefined ? '' : ` in ${formatWait(window * 1000)}`
  const rate = limit === undefined ? undefined : `allows ${limit} requests${span}${left}`
  const known = [end, rate].filter((part) => part !== undefined)
  return known.length === 0 ? undefined : `${host} ${known.join('; it ')}; a login may allow more`
}

function readCount(text: string): number | undefined {
  const digits = /^\d{1,15}(?=\s*(;|,|$))/.exec(text)?.[0]
  return digits === undefined ? undefined : Number(digits)
}

function readReset(text: string, now: number): number | undefined {
  const seconds = readCount(text)
  if (seconds === undefined) return undefined
  return seconds < latestDuration ? seconds * 1000 : Math.max(0, seconds * 1000 - now)
}

/** `45 s`, `30 min`, `6 h`; rounded up, as an earlier request would be refused again. */
function formatWait(milliseconds: number): string {
  const seconds = Math.ceil(milliseconds / 1000)
  if (seconds < 120) return `${seconds} s`
  const minutes = Math.ceil(seconds / 60)
  return minutes <= 120 ? `${minutes} min` : `${Math.ceil(minutes / 60)} h`
}

/** Time of day after a wait, with its date if that is another day. */
function formatTime(wait: number): string {
  const now = new Date().toISOString()
  // Dates end in the year 275760.
  const [end = '', time = ''] = new Date(Math.min(Date.now() + wait, 8.64e15)).toISOString().split('T')
  return `${now.startsWith(end) ? '' : `${end} `}${time.slice(0, 5)} UTC`
}
