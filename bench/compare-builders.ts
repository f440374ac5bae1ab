import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { runOrThrow } from '../test/support/run-program.ts'
import { temporaryDirectory } from '../test/support/temporary-directory.ts'
import { openBuildah } from './builders/buildah.ts'
import type { Builder } from './builders/builder.ts'
import { openDocker } from './builders/docker.ts'
import { openTsbuild } from './builders/tsbuild.ts'
import { type Choice, choose } from './choose.ts'
import { type Inputs, prepareInputs } from './inputs.ts'
import { type Measurement, measure } from './measure.ts'
import { report } from './report.ts'
import { type Work, works } from './works.ts'

/** The same works on tsbuild and on the builders installed here, in turns: medians and ratios. */
export async function compareBuilders({ only, runs }: Choice): Promise<void> {
  const chosen = choose(works, only)
  await runOrThrow('npm', ['run', 'build'], { cwd: join(import.meta.dirname, '..') })
  await using directory = await temporaryDirectory()
  await using inputs = await prepareInputs(directory.path)
  await using stack = new AsyncDisposableStack()
  const builders = [openTsbuild(directory.path), openBuildah(directory.path), await openDocker(directory.path)].filter(
    (builder) => builder !== undefined,
  )
  for (const builder of builders) stack.use(builder)
  console.log(`Builders: ${builders.map(({ name }) => name).join(', ')}; ${runs} runs of each work`)
  for (const work of chosen) {
    const measurements = await measureWork(work, inputs, { builders, runs, directory: directory.path })
    console.log(report(work, builders, measurements))
  }
}

interface Comparison {
  readonly builders: readonly Builder[]
  readonly runs: number
  readonly directory: string
}

/**
 * Measurements by name of the builder; the builders take turns, so that a busy moment of the
 * machine meets all of them.
 */
async function measureWork(
  work: Work,
  inputs: Inputs,
  { builders, runs, directory }: Comparison,
): Promise<ReadonlyMap<string, readonly Measurement[]>> {
  const dockerfile = join(directory, `Dockerfile.${work.name}`)
  await writeFile(dockerfile, work.dockerfile(inputs))
  const context = work.context(inputs)
  const measurements = new Map<string, Measurement[]>(builders.map(({ name }) => [name, []]))
  const build = async (builder: Builder, noCache: boolean): Promise<Measurement> => {
    const archive = join(directory, 'result.tar')
    await rm(archive, { force: true })
    const { command, env } = builder.command({ dockerfile, context, noCache, ...(work.archive && { archive }) })
    return measure(command, env)
  }
  for (const builder of builders) if (work.state !== 'cold') await build(builder, false)
  for (let run = 0; run < runs; run += 1) {
    for (const builder of builders) {
      if (work.state === 'cold') await builder.reset()
      measurements.get(builder.name)?.push(await build(builder, work.state === 'base-known'))
    }
  }
  return measurements
}
