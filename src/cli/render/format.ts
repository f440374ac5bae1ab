import { safeText } from './safe-text.ts'

/** Age of an RFC 3339 time: `3 days ago`; empty without a time. */
export function formatAge(time: string | undefined, now: number): string {
  const then = time === undefined ? Number.NaN : Date.parse(time)
  if (Number.isNaN(then)) return ''
  const seconds = Math.max(0, (now - then) / 1000)
  const steps: readonly (readonly [seconds: number, word: string])[] = [
    [31_536_000, 'year'],
    [2_592_000, 'month'],
    [604_800, 'week'],
    [86_400, 'day'],
    [3600, 'hour'],
    [60, 'minute'],
  ]
  const [size, word] = steps.find(([size]) => seconds >= size) ?? [1, 'second']
  const count = Math.floor(seconds / size)
  return `${count} ${word}${count === 1 ? '' : 's'} ago`
}

/**
 * Rows as text with aligned columns, two spaces apart, a line each; the first row is the heading.
 * Cells may hold any text.
 */
export function formatTable(rows: readonly (readonly string[])[]): string {
  const columns = rows[0]?.length ?? 0
  const cells = rows.map((row) => row.map((cell) => safeText(cell)))
  const widths = Array.from({ length: columns }, (_, column) =>
    cells.reduce((most, row) => Math.max(most, row[column]?.length ?? 0), 0),
  )
  return cells
    .map(
      (row) =>
        `${row
          .map((cell, column) => cell.padEnd(widths[column] ?? 0))
          .join('  ')
          .trimEnd()}\n`,
    )
    .join('')
}

/** State of a step that another build on the store does. */
export const waitingText = 'waits for another build'
