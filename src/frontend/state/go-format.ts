import { quoteGo } from '@tsbuild/dockerfile'

// History texts are made by Go's fmt in the tools everybody compares with: these functions write
// what fmt writes.

/** A list of strings as `%q` prints it: `["a" "b"]`. */
export function quoteGoList(list: readonly string[]): string {
  return `[${list.map(quoteGo).join(' ')}]`
}

/** A list of strings as `%v` prints it: `[a b]`. */
export function formatGoList(list: readonly string[]): string {
  return `[${list.join(' ')}]`
}

/** A duration of whole nanoseconds as Go prints it: `1h30m0s`, `1.5s`, `20ms`, `0s`. */
export function formatGoDuration(nanoseconds: number): string {
  if (nanoseconds === 0) return '0s'
  if (nanoseconds < 1e3) return `${nanoseconds}ns`
  if (nanoseconds < 1e6) return `${fraction(nanoseconds, 1e3)}µs`
  if (nanoseconds < 1e9) return `${fraction(nanoseconds, 1e6)}ms`
  const minutes = Math.floor(nanoseconds / 60e9)
  const seconds = `${fraction(nanoseconds - minutes * 60e9, 1e9)}s`
  if (minutes === 0) return seconds
  if (minutes < 60) return `${minutes}m${seconds}`
  return `${Math.floor(minutes / 60)}h${minutes % 60}m${seconds}`
}

/** `value / unit` with all its decimals and no trailing zeros, without floating point noise. */
function fraction(value: number, unit: number): string {
  const decimals = String(value % unit)
    .padStart(String(unit).length - 1, '0')
    .replace(/0+$/, '')
  return `${Math.floor(value / unit)}${decimals === '' ? '' : `.${decimals}`}`
}
