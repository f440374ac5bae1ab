// Other builders on the same columns: node test/matrix/peers/main.ts [--builders a,b] [--rows a,b]
// [--columns c,d] [--programs DIRECTORY] [--cache DIRECTORY] [--json FILE]
import { existsSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { startDebianDaemon } from '../../support/debian-daemon.ts'
import { withoutDebian } from '../../support/debian-archive.ts'
import type { ProgramResult } from '../../support/run-program.ts'
import { temporaryDirectory } from '../../support/temporary-directory.ts'
import { assignments } from '../cell.ts'
import { columns } from '../columns.ts'
import { openEnvironment, pullImage } from '../environment.ts'
import { pushBases } from '../images.ts'
import { type Cell, formatReport, type Report } from '../report.ts'
import { type Row, rows } from '../rows.ts'
import { startServers } from '../servers.ts'
import { type Peer, peers } from './builders.ts'
import { contextsOf, pushPeer } from './peer-image.ts'

const { values } = parseArgs({
  options: {
    builders: { type: 'string', default: peers.map(({ name }) => name).join(',') },
    rows: { type: 'string', default: 'documented,docker-root,docker-user,arbitrary-uid,docker-privileged' },
    columns: { type: 'string', default: 'copy,script,users,setcap,node-service' },
    programs: { type: 'string', default: '/nonexistent' },
    cache: { type: 'string' },
    json: { type: 'string' },
  },
})

/** Milliseconds that one build may take. */
const timeout = 15 * 60_000

const obstacle = await withoutDebian()
if (obstacle !== undefined) throw new Error(obstacle)
await using directory = await temporaryDirectory()
await using stack = new AsyncDisposableStack()
const servers = await startServers({ directory: directory.path, cache: values.cache, stack })
const images = join(directory.path, 'images')
await mkdir(images)
// The Dockerfiles of peers name the images themselves: there is one Debian.
const chosenColumns = columns.filter(
  ({ name, release }) => release === undefined && values.columns.split(',').includes(name),
)
await pushBases(chosenColumns, { directory: images, containers: false, ...servers })
const daemon = stack.use(await startDebianDaemon(directory.path, { packages: ['crun', 'docker-cli', 'util-linux'] }))
const reports: Record<string, Report> = {}
for (const peer of peers.filter(({ name }) => values.builders.split(',').includes(name))) {
  const report = await runPeer(peer)
  reports[peer.name] = report
  console.log(`## ${peer.name}\n\n${formatReport(report)}`)
}
if (values.json !== undefined) await writeFile(values.json, `${JSON.stringify(reports, undefined, 2)}\n`)

async function runPeer(peer: Peer): Promise<Report> {
  const chosenRows = [peer.documented, ...rows].filter(({ name }) => values.rows.split(',').includes(name))
  const missing = peer.programs.filter((program) => !existsSync(join(values.programs, program)))
  const reason = missing.length === 0 ? undefined : `Debian has no ${missing.join(' and no ')}; see --programs`
  const image =
    reason === undefined
      ? await pushPeer(peer, { directory: images, registry: servers.registry, programs: values.programs })
      : undefined
  if (image !== undefined) await pullImage(daemon, image)
  const cells: Cell[] = []
  for (const row of chosenRows) {
    for (const column of chosenColumns) {
      const begun = Date.now()
      const build = {
        context: join(contextsOf(peer), column.name),
        image: `${servers.registry}/${column.name}:${peer.name}-${row.name}`,
        assignments: assignments(column, servers),
      }
      const outcome: PeerOutcome =
        image === undefined ? { kind: 'not run', reason: reason ?? '' } : await runCell(row, image, peer.command(build))
      const seconds = Math.round((Date.now() - begun) / 1000)
      console.error(`${peer.name} ${row.name} ${column.name}: ${outcome.kind} ${outcome.reason ?? ''} (${seconds} s)`)
      if (outcome.log !== undefined) console.error(outcome.log.replaceAll(/^/gm, '  '))
      cells.push({ row: row.name, column: column.name, ...outcome, seconds })
    }
  }
  return {
    rows: chosenRows.map(({ name, title }) => ({ name, title })),
    columns: chosenColumns.map(({ name, title }) => ({ name, title })),
    cells,
  }
}

type PeerOutcome = Pick<Cell, 'kind' | 'reason' | 'log'>

async function runCell(row: Row, image: string, command: readonly string[]): Promise<PeerOutcome> {
  await using environment = await openEnvironment(row, { directory: directory.path, image, daemon, timeout })
  const { code, stdout, stderr } = await environment.execute(command)
  if (code === 0) return { kind: 'built' }
  return { kind: 'failed', reason: reasonOf({ code, stdout, stderr }), log: `${stdout}\n${stderr}`.slice(-3000) }
}

/** The first line about a right, or the last one that is an error. */
function reasonOf({ code, stdout, stderr }: ProgramResult): string {
  const lines = `${stdout}\n${stderr}`.split('\n').filter((line) => line.trim() !== '')
  const right = lines.find((line) => /not permitted|denied/i.test(line))
  const found = right ?? lines.findLast((line) => /error|cannot|failed/i.test(line)) ?? lines.at(-1)
  return (found ?? `exit code ${code}`).slice(0, 300)
}
