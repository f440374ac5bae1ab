import type { RetryOptions } from '../../option-values.ts'
import { UsageError } from '../invocation/usage-error.ts'
import { parseDuration } from './parse-duration.ts'

/** Help of `--retry` and `--retry-delay`. */
export const retryHelp = 'times that a request to a registry is repeated (default: 4)'
export const retryDelayHelp = 'time before the first repetition; later ones wait longer'

/** Values of `--retry` and `--retry-delay`; undefined without both. Throws `UsageError`. */
export function parseRetry({
  retry,
  retryDelay,
}: {
  readonly retry?: string
  readonly retryDelay?: string
}): RetryOptions | undefined {
  const times = retry === undefined ? undefined : parseTimes(retry)
  const delay = retryDelay === undefined ? undefined : parseDuration('--retry-delay', retryDelay) * 1000
  if (times === undefined && delay === undefined) return undefined
  if (delay !== undefined && delay > 3_600_000)
    throw new UsageError(`invalid --retry-delay "${retryDelay}": expected at most 1h`)
  return { ...(times !== undefined && { times }), ...(delay !== undefined && { delay }) }
}

function parseTimes(text: string): number {
  if (!/^\d{1,4}$/.test(text)) throw new UsageError(`invalid --retry "${text}": expected a number from 0 to 100`)
  if (Number(text) > 100) throw new UsageError(`invalid --retry "${text}": expected at most 100`)
  return Number(text)
}
