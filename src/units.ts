const units = ['B', 'kB', 'MB', 'GB', 'TB', 'PB']

/**
 * Bytes for people, decimal units, at most three digits and one of them behind the point: `999B`,
 * `1.5kB`, `29MB`.
 */
export function formatBytes(bytes: number): string {
  let value = bytes
  let unit = 0
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000
    unit++
  }
  return `${value < 9.95 && unit > 0 ? value.toFixed(1) : Math.round(value)}${units[unit]}`
}

/** Milliseconds for people: `0.4s`, `12.3s`, `4m 05s`. */
export function formatDuration(milliseconds: number): string {
  const seconds = Math.max(0, milliseconds) / 1000
  if (seconds < 99.95) return `${seconds.toFixed(1)}s`
  const whole = Math.round(seconds)
  return `${Math.floor(whole / 60)}m ${String(whole % 60).padStart(2, '0')}s`
}

/** A number with its noun: `1 layer`, `2 layers`. */
export function formatCount(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}
