import { mkdir, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type DebianDaemon, startDebianDaemon } from '../support/debian-daemon.ts'
import { runOrThrow } from '../support/run-program.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'
import { buildArguments, outcomeOf, type Outcome, type Servers } from './cell.ts'
import { differences } from './compare.ts'
import { type Column, contextOf } from './columns.ts'
import { type Environment, openEnvironment, pullImage, type Tools } from './environment.ts'
import { pushBases, pushBuilder } from './images.ts'
import type { Cell, Report, ReportedRow } from './report.ts'
import type { Row } from './rows.ts'
import { type Started, startServers } from './servers.ts'

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

/** Milliseconds that one build may take. */
const timeout = 20 * 60_000

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

interface ToolOptions extends Started, Pick<MatrixOptions, 'rows' | 'columns' | 'progress'> {
  readonly apk: string | undefined
  readonly servers: Servers
}

async function prepareTools({ rows, columns, directory, servers, stack, apk, progress }: ToolOptions): Promise<Tools> {
  progress('base images')
  const images = join(directory, 'images')
  await mkdir(images)
  const containers = rows.some(({ place }) => place !== 'machine')
  await pushBases(columns, { directory: images, containers, apk, ...servers })
  if (!containers) return { directory, timeout }
  progress('image of the container rows')
  const image = await pushBuilder({ directory: images, containers, ...servers })
  progress('docker, containerd and crun of Debian testing, gVisor of this Debian')
  const gvisor = { runsc: { path: '/usr/local/bin/runsc', runtimeArgs: ['--network=host'] } }
  const daemon = stack.use(
    await startDebianDaemon(directory, { packages: ['crun', 'docker-cli', 'util-linux'], runtimes: gvisor }),
  )
  await installGvisor(daemon, directory)
  await pullImage(daemon, image)
  return { directory, image, daemon, timeout }
}

/** The gVisor of Debian testing is built with a Go that is too new for it: its sandbox panics. */
async function installGvisor(daemon: DebianDaemon, directory: string): Promise<void> {
  const unpacked = join(directory, 'gvisor')
  await mkdir(unpacked)
  await runOrThrow('apt-get', ['download', '--quiet', 'runsc'], { cwd: unpacked })
  const [file = ''] = await readdir(unpacked)
  await runOrThrow('sh', ['-c', 'dpkg -x "$1" .', 'sh', file], { cwd: unpacked })
  const args = ['-c', 'mkdir -p /usr/local/bin && cat > /usr/local/bin/runsc && chmod +x /usr/local/bin/runsc']
  await daemon.run('sh', args, { input: await readFile(join(unpacked, 'usr/bin/runsc')) })
}
