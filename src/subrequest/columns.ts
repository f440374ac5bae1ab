/**
 * Rows as text in columns: each column but the last as wide as its widest cell and `gap` blanks.
 */
export function columns(rows: readonly (readonly string[])[], gap: number): string {
  const widths = new Map<number, number>()
  for (const row of rows) {
    for (const [index, cell] of row.entries())
      widths.set(index, Math.max(widths.get(index) ?? 0, [...cell].length + gap))
  }
  return rows
    .map(
      (row) =>
        `${row.map((cell, index) => (index < row.length - 1 ? pad(cell, widths.get(index) ?? 0) : cell)).join('')}\n`,
    )
    .join('')
}

function pad(cell: string, width: number): string {
  return cell + ' '.repeat(width - [...cell].length)
}
