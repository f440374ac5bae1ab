// The matrix by hand: node test/matrix/main.ts [--rows a,b] [--columns c,d] [--cache DIRECTORY]
// [--apk FILE] [--json FILE]
import { writeFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { withoutDebian } from '../support/debian-archive.ts'
import { columns } from './columns.ts'
import { runMatrix } from './matrix.ts'
import { formatReport } from './report.ts'
import { rows } from './rows.ts'

const { values } = parseArgs({
  options: {
    rows: { type: 'string' },
    columns: { type: 'string' },
    cache: { type: 'string' },
    apk: { type: 'string' },
    json: { type: 'string' },
  },
})

const obstacle = await withoutDebian()
if (obstacle !== undefined) throw new Error(obstacle)
const report = await runMatrix({
  rows: choose(rows, values.rows),
  columns: choose(columns, values.columns),
  ...(values.cache !== undefined && { cache: values.cache }),
  ...(values.apk !== undefined && { apk: values.apk }),
  progress: (line) => console.error(line),
})
if (values.json !== undefined) await writeFile(values.json, `${JSON.stringify(report, undefined, 2)}\n`)
console.log(formatReport(report))
process.exitCode = report.cells.some(({ kind }) => kind === 'differs' || kind === 'failed') ? 1 : 0

function choose<Item extends { readonly name: string }>(
  items: readonly Item[],
  names: string | undefined,
): readonly Item[] {
  if (names === undefined) return items
  return names.split(',').map((name) => {
    const found = items.find((item) => item.name === name)
    if (found === undefined) throw new Error(`"${name}" is not one of ${items.map((item) => item.name).join(', ')}`)
    return found
  })
}
