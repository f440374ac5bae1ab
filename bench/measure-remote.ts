import { readFileSync } from 'node:fs'
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { findProgram } from '../test/support/obstacle.ts'
import { runOrThrow } from '../test/support/run-program.ts'
import { startBuildbox } from '../test/support/start-buildbox.ts'
import { temporaryDirectory } from '../test/support/temporary-directory.ts'
import { writeBaseImage } from '../test/support/write-base-image.ts'
import { measure, median } from './measure.ts'

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

/**
 * 40 steps that sleep, each in a stage of its own, here and on a `buildbox-casd` of 8 slots that
 * has nothing: time of the build, and processor time of the server and all of its steps.
 */
export async function measureRemote({
  only,
  runs,
}: {
  readonly only: readonly string[] | undefined
  readonly runs: number
}): Promise<void> {
  await runOrThrow('npm', ['run', 'build'], { cwd: join(import.meta.dirname, '..') })
  await using directory = await temporaryDirectory()
  const { path } = directory
  await writeBaseImage(join(path, 'base'))
  await writeFile(join(path, 'Dockerfile'), dockerfile())
  const program = [findProgram('node') ?? process.execPath, join(import.meta.dirname, '../dist/cli.js'), 'build']
  const build = [
    ...program,
    '--build-context',
    `base=oci-layout://${join(path, 'base')}:latest`,
    '-f',
    join(path, 'Dockerfile'),
  ]
  console.log(
    `${steps} steps of ${seconds} s, ${slots} slots\nbuild     seconds  of ${steps * seconds} s  processor time a step`,
  )
  for (const { name, flags } of ways.filter((way) => only === undefined || only.includes(way.name))) {
    const taken: { readonly seconds: number; readonly processor: number }[] = []
    for (let run = 0; run < runs; run += 1) {
      const own = join(path, `${name}-${run}`)
      await using server = await startBuildbox(join(own, 'server'), slots)
      const command = [...build, '-o', 'type=cacheonly', ...flags(server.url, own), path]
      const measured = await measure(command, { TSBUILD_ROOT: join(own, 'store') })
      taken.push({ seconds: measured.seconds, processor: processorTime(server.pid) })
      await rm(own, { recursive: true, force: true })
    }
    const time = median(taken.map((one) => one.seconds))
    const processor = (median(taken.map((one) => one.processor)) / steps) * 1000
    const part = `${((time / (steps * seconds)) * 100).toFixed(0)} %`
    console.log(
      `${name.padEnd(10)}${time.toFixed(1).padStart(7)}${part.padStart(9)}  ${name === 'local' ? '' : `${processor.toFixed(0)} ms`}`,
    )
  }
}

function dockerfile(): string {
  const numbers = Array.from({ length: steps }, (_, index) => index)
  const stages = numbers.map((number) => `FROM base AS s${number}\nRUN sleep ${seconds} && echo ${number} > /${number}`)
  return [...stages, 'FROM base', ...numbers.map((number) => `COPY --from=s${number} /${number} /`)].join('\n')
}

/** Seconds of a process and of its descendants that have ended. */
function processorTime(pid: number): number {
  const text = readFileSync(`/proc/${pid}/stat`, 'latin1')
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  // utime, stime, cutime and cstime of proc(5), in ticks of 10 ms.
  return fields.slice(11, 15).reduce((sum, ticks) => sum + Number(ticks), 0) / 100
}
