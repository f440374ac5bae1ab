import { registryMissing } from '@tsbuild/registry/testing'
import { expect, test } from 'vitest'
import { titled, withoutPrograms, withoutRoot } from '../support/obstacle.ts'
import { withoutOrdinaryUser } from '../support/ordinary-user.ts'
import { withoutRun } from '../support/run-obstacle.ts'
import { withoutUserNamespaces } from '../support/without-user-namespaces.ts'
import { columns } from './columns.ts'
import { knownCells } from './known.ts'
import { runMatrix } from './matrix.ts'
import { formatReport } from './report.ts'
import { rows } from './rows.ts'

/** Rows and columns that need neither containers nor servers of packages. */
const quickRows = ['root', 'subids', 'no-subids', 'unshare', 'bwrap', 'no-userns']
const quickColumns = ['copy', 'script', 'moved-links']

const obstacle =
  withoutRoot() ??
  registryMissing ??
  withoutPrograms('bwrap', 'git', 'newuidmap', 'setpriv', 'unshare') ??
  (await withoutOrdinaryUser()) ??
  (await withoutUserNamespaces()) ??
  (await withoutRun())

test.skipIf(obstacle !== undefined)(
  titled('each row makes the images that root makes, or is known not to', obstacle),
  async () => {
    const report = await runMatrix({
      rows: rows.filter(({ name }) => quickRows.includes(name)),
      columns: columns.filter(({ name }) => quickColumns.includes(name)),
      progress: () => undefined,
    })
    const found = report.cells
      .filter(({ kind }) => kind !== 'same')
      .map(({ row, column, kind }) => `${column} on ${row}: ${kind}`)
    const known = knownCells.map(({ row, column, kind }) => `${column} on ${row}: ${kind}`)
    expect(found.toSorted(), formatReport(report)).toEqual(known.toSorted())
    expect(report.rows.map(({ chosen }) => chosen)).toEqual([
      'root',
      'userns',
      'userns-single',
      'userns-single',
      'confined',
      'confined',
    ])
  },
  600_000,
)

// The report of the test run lists them with these reasons.
const command = 'node test/matrix/main.ts'
const left = [
  ...rows
    .filter(({ name }) => !quickRows.includes(name))
    .map(({ name }) => [`row ${name}`, `needs containers: ${command} --rows ${name}`] as const),
  ...columns
    .filter(({ name }) => !quickColumns.includes(name))
    .map(({ name }) => [`column ${name}`, `takes minutes: ${command} --columns ${name}`] as const),
]
for (const [part, reason] of left) test.skip(titled(`${part} of the matrix`, reason), () => undefined)
