import type { Column } from './columns.ts'
import type { Row } from './rows.ts'

/** A cell of the report. */
export interface Cell {
  readonly row: string
  readonly column: string
  readonly kind: 'same' | 'built' | 'differs' | 'refused' | 'failed' | 'not run'
  readonly code?: string
  readonly reason?: string
  /** Paths that differ from those of root, one a line. */
  readonly differences?: readonly string[]
  /** End of the output of the steps. */
  readonly log?: string
  readonly seconds?: number
}

/** A row with the rung that `doctor` chooses in it; other builders have none. */
export interface ReportedRow extends Pick<Row, 'name' | 'title'> {
  readonly chosen?: string
}

/** Everything that a run found. */
export interface Report {
  readonly rows: readonly ReportedRow[]
  readonly columns: readonly Pick<Column, 'name' | 'title'>[]
  readonly cells: readonly Cell[]
}

/**
 * A table with a line for each column of the matrix, then the reasons of every cell that is not the
 * same.
 */
export function formatReport({ rows, columns, cells }: Report): string {
  const cellOf = (row: string, column: string): Cell | undefined =>
    cells.find((cell) => cell.row === row && cell.column === column)
  const line = (words: readonly string[]): string => `| ${words.join(' | ')} |`
  const reasons = new Map<string, string[]>()
  for (const cell of cells.filter(({ kind }) => kind !== 'same' && kind !== 'built')) {
    const details = (cell.differences ?? []).slice(0, 8).map((text) => `\n  * \`${text}\``)
    const text = `${cell.kind}${cell.code === undefined ? '' : ` \`${cell.code}\``}${cell.reason === undefined ? '' : `: ${oneLine(cell.reason)}`}${details.join('')}`
    reasons.set(text, [...(reasons.get(text) ?? []), `${cell.column} on ${cell.row}`])
  }
  return [
    line(['', ...rows.map(({ name }) => name)]),
    line(['', ...rows].map(() => '---')),
    ...(rows.some(({ chosen }) => chosen) ? [line(['*rung*', ...rows.map(({ chosen }) => `*${chosen}*`)])] : []),
    ...columns.map(({ name }) => line([name, ...rows.map((row) => cellOf(row.name, name)?.kind ?? 'not run')])),
    '',
    ...[...reasons].map(([reason, where]) => `* ${where.join(', ')}: ${reason}`),
    '',
  ].join('\n')
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ')
}
