import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { findProgram } from '../test/support/obstacle.ts'
import { runOrThrow } from '../test/support/run-program.ts'
import { startBuildbox } from '../test/support/start-buildbox.ts'
import { temporaryDirectory } from '../test/support/temporary-directory.ts'
import { writeBaseImage } from '../test/support/write-base-image.ts'
import { type Choice, choose } from './choose.ts'
import { measure, median, readProcessorTime } from './measure.ts'

const steps = 40
/** Slots of the server. */
const slots = 8
const seconds = 2

/** One build of independent steps. */
interface Way {
  readonly name: string
  /** Of one run; the server of the run, and its own directory. */
  flags(url: string, directory: string): readonly string[]
}

const ways: readonly Way[] = [
  { name: 'local', flags: () => [] },
  { name: 'remote', flags: (url) => ['--remote', url] },
  { name: 'kept', flags: (url, directory) => ['--remote', `url=${url},worker-store=${join(directory, 'kept')}`] },
]

/** Cost of a build, in seconds. */
interface Cost {
  readonly time: number
  /** Processor time of the server and of all its steps. */
  readonly processorTime: number
}

/**
 * 40 steps that sleep, each in a stage of its own, here and on a `buildbox-casd` of 8 slots that
 * has nothing: time of the build, and processor time of the server and all of its steps.
 */
export async function measureRemote({ only, runs }: Choice): Promise<void> {
  const chosen = choose(ways, only)
  await runOrThrow('npm', ['run', 'build'], { cwd: join(import.meta.dirname, '..') })
  await using directory = await temporaryDirectory()
  const { path } = directory
  await writeBaseImage(join(path, 'base'))
  await writeFile(join(path, 'Dockerfile'), dockerfile())
  const costs = chosen.map((way) => ({ way, taken: new Array<Cost>() }))
  for (let run = 0; run < runs; run += 1)
    for (const { way, taken } of costs) {
      const own = join(path, `${way.name}-${run}`)
      taken.push(await build(way, path, own))
      await rm(own, { recursive: true, force: true })
    }
  console.log(
    `${steps} steps of ${seconds} s, ${slots} slots\nbuild     seconds  of ${steps * seconds} s  processor time a step`,
  )
  for (const { way, taken } of costs) console.log(report(way, taken))
}

/** Builds once with a new server and a new store in the directory `own`. */
async function build({ flags }: Way, context: string, own: string): Promise<Cost> {
  await using server = await startBuildbox(join(own, 'server'), slots)
  const command = [
    findProgram('node') ?? process.execPath,
    join(import.meta.dirname, '../dist/cli.js'),
    'build',
    ...['--build-context', `base=oci-layout://${join(context, 'base')}:latest`, '-o', 'type=cacheonly'],
    ...flags(server.url, own),
    context,
  ]
  const measured = await measure(command, { TSBUILD_ROOT: join(own, 'store') })
  return { time: measured.seconds, processorTime: readProcessorTime(server.pid) }
}

function report({ name }: Way, taken: readonly Cost[]): string {
  const time = median(taken.map((cost) => cost.time))
  const processor = (median(taken.map((cost) => cost.processorTime)) / steps) * 1000
  const part = `${((time / (steps * seconds)) * 100).toFixed(0)} %`
  return `${name.padEnd(10)}${time.toFixed(1).padStart(7)}${part.padStart(9)}  ${name === 'local' ? '' : `${processor.toFixed(0)} ms`}`
}

function dockerfile(): string {
  const numbers = Array.from({ length: steps }, (_, index) => index)
  const stages = numbers.map((number) => `FROM base AS s${number}\nRUN sleep ${seconds} && echo ${number} > /${number}`)
  return [...stages, 'FROM base', ...numbers.map((number) => `COPY --from=s${number} /${number} /`)].join('\n')
}
