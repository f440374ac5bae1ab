import { safeText } from '../render/safe-text.ts'
import { formatTable } from '../render/format.ts'
import { FixedFields } from './fixed-fields.ts'
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
  const lines = rows.map((row) => template(new FixedFields(row)))
  if (table === undefined) return lines.map((line) => `${safeLines(line)}\n`).join('')
  return formatTable([template(headings(rows)), ...lines].map((line) => line.split('\t')))
}

/** Headings of Docker that are not the words of the field. */
const dockerHeadings: Readonly<Record<string, string>> = {
  ID: 'IMAGE ID',
  CreatedSince: 'CREATED',
}

/** Headings of the columns: `.CreatedBy` has `CREATED BY`. */
function headings(rows: readonly Readonly<Record<string, unknown>>[]): Readonly<Record<string, string>> {
  const names = rows[0] === undefined ? [] : Object.keys(rows[0])
  const words = (name: string): string => name.replaceAll(/([a-z])([A-Z])/g, '$1 $2').toUpperCase()
  return Object.fromEntries(names.map((name) => [name, dockerHeadings[name] ?? words(name)]))
}

function safeLines(text: string): string {
  return text
    .split(/([\n\t])/)
    .map((part) => (part === '\n' || part === '\t' ? part : safeText(part)))
    .join('')
}
