import { temporaryDirectory } from '../support/temporary-directory.ts'
import { buildArguments, outcomeOf, type Outcome } from './cell.ts'
import { differences } from './compare.ts'
import { type Column, contextOf } from './columns.ts'
import { type Environment, openEnvironment } from './environment.ts'
import type { Cell, Report, ReportedRow } from './report.ts'
import type { Row } from './rows.ts'
import { startServers } from './servers.ts'
import { prepareTools } from './tools.ts'

/** A part of the matrix. */
export interface MatrixOptions {
  readonly rows: readonly Row[]
  readonly columns: readonly Column[]
  /** Directory of answers of package servers to use again. */
  readonly cache?: string
  /** Path of a static `apk`. */
  readonly apk?: string
  /** Receives a line for every step of the run. */
  readonly progress: (line: string) => void
}

/**
 * Root of the machine: its images are those to compare with. The row `root` builds them once more.
 */
const reference: Row = { name: 'reference', title: 'root', place: 'machine', args: ['env', 'TSBUILD_ISOLATION=root'] }

/** Builds every column in every row and compares each image with the one that root gets. */
export async function runMatrix({ rows, columns, cache, apk, progress }: MatrixOptions): Promise<Report> {
  await using directory = await temporaryDirectory()
  await using stack = new AsyncDisposableStack()
  const servers = await startServers({ directory: directory.path, cache, stack })
  const tools = await prepareTools({ rows, columns, directory: directory.path, servers, stack, apk, progress })
  const cells: Cell[] = []
  const reported: ReportedRow[] = []
  const expected = new Map<string, Outcome>()
  for (const row of [reference, ...rows]) {
    await using environment = await openEnvironment(row, tools)
    const { chosen, obstacle } =
      row === reference ? { chosen: 'root', obstacle: undefined } : await chosenRung(environment)
    if (row !== reference) reported.push({ name: row.name, title: row.title, chosen })
    for (const column of columns) {
      const begun = Date.now()
      const tag = `${column.name}:${row.name}`
      const build = [...buildArguments(column, tag, servers), contextOf(column, environment.contexts)]
      const reason = obstacle ?? (column.apk && apk === undefined ? 'Debian has no apk; see --apk' : undefined)
      const outcome: Outcome =
        reason === undefined ? outcomeOf(await environment.run(build)) : { kind: 'not run', reason }
      const seconds = Math.round((Date.now() - begun) / 1000)
      if (row === reference) expected.set(column.name, outcome)
      const cell = await judge(outcome, { reference: expected.get(column.name), registry: servers.registry, tag })
      const details = [...(cell.differences ?? []).slice(0, 20), ...(cell.log === undefined ? [] : [cell.log])]
      progress([`${tag}: ${cell.kind} ${cell.reason ?? ''} (${seconds} s)`, ...details].join('\n  '))
      if (row !== reference) cells.push({ row: row.name, column: column.name, ...cell, seconds })
    }
  }
  return { rows: reported, columns: columns.map(({ name, title }) => ({ name, title })), cells }
}

interface Chosen {
  readonly chosen: string
  readonly obstacle?: string | undefined
}

/**
 * The rung that `doctor` names, `none` where RUN cannot be isolated; or why nothing can be built in
 * a row where tsbuild does not even start.
 */
async function chosenRung(environment: Environment): Promise<Chosen> {
  const { code, stdout, stderr } = await environment.run(['doctor', '--json'])
  try {
    const { chosen }: { readonly chosen?: string } = JSON.parse(stdout)
    return { chosen: chosen ?? 'none' }
  } catch {
    return { chosen: '?', obstacle: `tsbuild doctor ended with ${code}: ${stderr.trim() || 'no output'}` }
  }
}

interface Compared {
  readonly reference: Outcome | undefined
  readonly registry: string
  readonly tag: string
}

async function judge(
  outcome: Outcome,
  { reference: expected, registry, tag }: Compared,
): Promise<Omit<Cell, 'row' | 'column'>> {
  if (outcome.kind !== 'built') return outcome
  if (expected?.kind !== 'built')
    return { kind: 'failed', code: 'NO_REFERENCE', reason: 'root has no image to compare with' }
  if (outcome.digest === expected.digest) return { kind: 'same' }
  const [column = ''] = tag.split(':')
  return { kind: 'differs', differences: await differences(registry, [`${column}:${reference.name}`, tag]) }
}
