import { safeText } from '../render/safe-text.ts'
import { formatTable } from '../render/format.ts'
import { compileTemplate } from './run-template.ts'

/**
 * Rows by a template, as Docker's `--format` prints them: one line each; `table …` adds a heading
 * and aligns columns that are separated by tabs; `json` is an object a line. Throws `UsageError`.
 */
export function formatRows(format: string, rows: readonly Readonly<Record<string, unknown>>[]): string {
  if (format === 'json') return rows.map((row) => `${JSON.stringify(row)}\n`).join('')
  const [, table] = /^table\s+(.*)$/s.exec(format) ?? []
  const text = (table ?? format).replaceAll('\\t', '\t').replaceAll('\\n', '\n')
  const template = compileTemplate(text)
  if (table === undefined) return rows.map((row) => `${safeLines(template(row))}\n`).join('')
  const cells = [compileTemplate(text)(headings(rows)), ...rows.map(template)].map((line) => line.split('\t'))
  return formatTable(cells)
}

/** Names of the columns, even without a row: `.ImageName` has the heading `IMAGE NAME`. */
function headings(rows: readonly Readonly<Record<string, unknown>>[]): Readonly<Record<string, string>> {
  const names = rows[0] === undefined ? [] : Object.keys(rows[0])
  return Object.fromEntries(names.map((name) => [name, name.replaceAll(/([a-z])([A-Z])/g, '$1 $2').toUpperCase()]))
}

function safeLines(text: string): string {
  return text
    .split(/([\n\t])/)
    .map((part) => (part === '\n' || part === '\t' ? part : safeText(part)))
    .join('')
}
