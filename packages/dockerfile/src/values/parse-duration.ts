import { DockerfileError } from '../text/errors.ts'
import { quoteGo } from '../text/quote-go.ts'

/** Nanoseconds of each unit. */
const units: Readonly<Record<string, number>> = {
  ns: 1,
  us: 1e3,
  µs: 1e3,
  μs: 1e3,
  ms: 1e6,
  s: 1e9,
  m: 60e9,
  h: 3600e9,
}

/**
 * Nanoseconds of a duration in Go's syntax, such as `1m30s`, `1.5h`, `-2ms` or `0`. Throws
 * DURATION_INVALID.
 */
export function parseDuration(text: string): number {
  const sign = text.startsWith('-') ? -1 : 1
  let rest = text.replace(/^[+-]/, '')
  if (rest === '0') return 0
  if (rest === '') throw invalid(text)
  let total = 0
  while (rest !== '') {
    const parts = /^(\d+(?:\.\d*)?|\.\d+)([^\d.]*)/.exec(rest)
    if (parts === null) throw invalid(text)
    const [all, count = '', unit = ''] = parts
    const size = Object.hasOwn(units, unit) ? units[unit] : undefined
    if (unit === '') throw problem(`time: missing unit in duration ${quoteGo(text)}`)
    if (size === undefined) throw problem(`time: unknown unit ${quoteGo(unit)} in duration ${quoteGo(text)}`)
    total += Math.trunc(Number(count) * size)
    rest = rest.slice(all.length)
  }
  if (total > 2 ** 63) throw invalid(text)
  return sign * total
}

function invalid(text: string): DockerfileError {
  return problem(`time: invalid duration ${quoteGo(text)}`)
}

function problem(message: string): DockerfileError {
  return new DockerfileError('DURATION_INVALID', message, { hint: 'write it like 30s, 1m30s or 500ms' })
}
