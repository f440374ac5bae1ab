import { UsageError } from '../../invocation/usage-error.ts'
import { parseDuration } from '../parse-duration.ts'

/**
 * Seconds of a duration, or since a date (RFC 3339, or seconds since 1970), in the filter `text`.
 * Throws `UsageError`.
 */
export function readAge(text: string, value: string, now: number): number {
  if (/^(\d+[smhdw])+$/.test(value)) return parseDuration('--filter until', value)
  const time = /^\d{9,}$/.test(value) ? Number(value) * 1000 : Date.parse(value)
  if (Number.isNaN(time))
    throw new UsageError(`invalid --filter "${text}": expected a duration such as 24h, or a date such as 2026-01-31`)
  return Math.max(0, (now - time) / 1000)
}
