import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { findProgram } from '../test/support/obstacle.ts'
import { runOrThrow } from '../test/support/run-program.ts'
import { temporaryDirectory } from '../test/support/temporary-directory.ts'
import { type Choice, choose } from './choose.ts'
import { prepareInputs } from './inputs.ts'
import { measure, median } from './measure.ts'

/** A build and its caches; every run begins with an empty store. */
interface Way {
  readonly name: string
  readonly title: string
  flags(cache: string): readonly string[]
}

/** The first writes no cache; the last reads what the second has written. */
const ways: readonly Way[] = [
  { name: 'plain', title: 'no cache', flags: () => [] },
  {
    name: 'cache-to',
    title: 'writes a cache',
    flags: (cache) => ['--cache-to', `type=registry,mode=max,ref=${cache}`],
  },
  { name: 'cache-from', title: 'reads it', flags: (cache) => ['--cache-from', cache] },
]

/** 20,000 files copied into two stages, ten steps in each, and a result in a third. */
const dockerfile = (base: string): string => {
  const stage = (name: string): string =>
    `FROM ${base} AS ${name}\nCOPY . /app\n${Array.from({ length: 10 }, (_, index) => `RUN echo ${name} > /${index}\n`).join('')}`
  return `${stage('left')}${stage('right')}FROM ${base}\nCOPY --from=left /app /app\nCOPY --from=right /9 /9\n`
}

/** Cold builds that push to a registry on loopback: with and without a cache, in turns. */
export async function compareCaches({ only, runs }: Choice): Promise<void> {
  const chosen = choose(ways, only)
  await runOrThrow('npm', ['run', 'build'], { cwd: join(import.meta.dirname, '..') })
  await using directory = await temporaryDirectory()
  await using inputs = await prepareInputs(directory.path)
  const [host = ''] = inputs.base.split('/')
  const file = join(directory.path, 'Dockerfile')
  await writeFile(file, dockerfile(inputs.base))
  const root = join(directory.path, 'store')
  const program = [findProgram('node') ?? process.execPath, join(import.meta.dirname, '../dist/cli.js')]
  const times = new Map<string, number[]>(chosen.map(({ name }) => [name, []]))
  for (let run = 0; run < runs; run += 1) {
    for (const { name, flags } of chosen) {
      await rm(root, { recursive: true, force: true })
      // Names of their own, so that no run finds the layers of an earlier one.
      const names = ['-t', `${host}/${name}/app:${run}`, ...flags(`${host}/cache-${run}:1`)]
      const command = [...program, 'build', '-f', file, ...names, '-o', 'type=registry,store=false', inputs.manyFiles]
      const { seconds } = await measure(command, { TSBUILD_ROOT: root })
      times.get(name)?.push(seconds)
    }
  }
  const first = median(times.get(chosen[0]?.name ?? '') ?? [])
  for (const { name, title } of chosen) {
    const time = median(times.get(name) ?? [])
    console.log(`${name.padEnd(12)}${title.padEnd(18)}${time.toFixed(3)} s  × ${(time / first).toFixed(2)}`)
  }
}
