// The same step in a native chroot, on the rungs with a supervisor and in proot, in turns.
import { existsSync } from 'node:fs'
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { nodePath, rungs } from '@tsbuild/isolate'
import { bundleModules } from '../../scripts/bundle.ts'
import { findProgram, withoutPrograms, withoutRoot } from '../../test/support/obstacle.ts'
import { temporaryDirectory } from '../../test/support/temporary-directory.ts'
import { type Choice, choose } from '../choose.ts'
import { median } from '../measure.ts'
import { copyRoot, makeRoots, type Roots } from './roots.ts'
import type { StepCost, StepRequest } from './step.ts'
import { type Way, ways } from './ways.ts'
import { type StepWork, stepWorks } from './works.ts'

/** Works, and a rule of the supervisor to try instead of its own (`listener/receive-rows.ts`). */
export interface IsolationChoice extends Choice {
  readonly wake: string | undefined
}

/** Measures the works of these names, all without one, and prints a table of each. */
export async function compareIsolation({ only, runs, wake }: IsolationChoice): Promise<void> {
  const obstacle = withoutRoot() ?? withoutPrograms('unshare', 'npm')
  if (obstacle !== undefined) throw new Error(`Cannot compare rungs: ${obstacle}`)
  const chosen = choose(stepWorks, only)
  const present = ways.filter(isPresent)
  const roots = await makeRoots(join(tmpdir(), 'tsbuild-bench-roots'))
  await using program = await bundleStep(wake)
  console.log(`Ways: ${present.map(({ name }) => name).join(', ')}; ${runs} runs of each work`)
  for (const work of chosen)
    console.log(reportSteps(work, present, await measureSteps(work, { roots, present, runs, program: program.path })))
}

function isPresent({ command }: Way): boolean {
  return command === undefined || findProgram(command('')[0] ?? '') !== undefined
}

interface Comparison {
  readonly roots: Roots
  readonly present: readonly Way[]
  readonly runs: number
  /** Path of the program that runs a step. */
  readonly program: string
}

/** Bundles `step.ts` as the package is bundled. Beside the packages that it imports. */
async function bundleStep(wake: string | undefined): Promise<AsyncDisposable & { readonly path: string }> {
  const root = join(import.meta.dirname, '../..')
  const directory = join(root, '.tmp', `bench-${process.pid}`)
  await bundleModules(root, directory, { modules: { step: 'bench/isolation/step.ts' } })
  if (wake !== undefined) await changeWakeRule(join(directory, 'supervisor-main.js'), wake)
  return {
    path: join(directory, 'step.js'),
    [Symbol.asyncDispose]: () => rm(directory, { recursive: true }),
  }
}

/** Writes another rule into the bundle of a supervisor. */
async function changeWakeRule(path: string, rule: string): Promise<void> {
  const text = await readFile(path, 'utf8')
  const changed = text.replace(/^const wakeRule = "\w+";$/m, `const wakeRule = ${JSON.stringify(rule)};`)
  if (!['here', 'anywhere', 'mixed'].includes(rule) || !changed.includes(`const wakeRule = "${rule}";`))
    throw new Error(`cannot measure with the rule ${rule}: there are here, anywhere and mixed`)
  await writeFile(path, changed)
}

async function measureSteps(
  work: StepWork,
  { roots, present, runs, program }: Comparison,
): Promise<ReadonlyMap<string, readonly StepCost[]>> {
  await using directory = await temporaryDirectory()
  const costs = new Map<string, StepCost[]>(present.map(({ name }) => [name, []]))
  const able = new Set(present)
  // The first run of each warms the caches of the machine.
  for (let run = -1; run < runs; run += 1) {
    for (const way of able) {
      const place = join(directory.path, way.name)
      if (work.changesRoot) await rm(place, { recursive: true, force: true })
      try {
        const cost = await measureStep(work, { way, place, root: roots[work.root], program })
        if (run >= 0) costs.get(way.name)?.push(cost)
      } catch (error) {
        if (way.name !== 'proot') throw error
        // It cannot run every program.
        console.log(String(error))
        able.delete(way)
      }
    }
  }
  return costs
}

interface Measuring {
  readonly way: Way
  /** Directory for the root directory and all else that the runs of a way share. */
  readonly place: string
  /** Root directory to copy. */
  readonly root: string
  readonly program: string
}

async function measureStep({ script }: StepWork, { way, place, root, program }: Measuring): Promise<StepCost> {
  const [rootfs, scratch, ledger] = [join(place, 'rootfs'), join(place, 'scratch'), join(place, 'ledger.json')]
  if (!existsSync(place)) {
    await mkdir(scratch, { recursive: true })
    await writeFile(ledger, JSON.stringify(await copyRoot(root, rootfs, way)))
  }
  const what: StepRequest['way'] =
    way.rung === undefined ? { command: way.command?.(rootfs) ?? [] } : { rung: way.rung }
  const request: StepRequest = { way: what, rootfs, script, scratch, ledger }
  // Programs of others are started without any rights of a rung, by a process with the same costs.
  const rung = rungs.find(({ name }) => name === (way.rung ?? 'confined'))
  const args = [nodePath(), program, JSON.stringify(request)]
  const started = await rung?.start({ args, env: process.env, scratch })
  if (started === undefined) throw new Error(`There is no rung ${way.rung ?? ''}`)
  let cost: unknown
  started.child.on('message', (message) => (cost = message)).stderr?.pipe(process.stderr)
  await started.ended
  if (isCost(cost)) return cost
  throw new Error(`${way.name} cannot run ${script}: ${JSON.stringify(cost)}`)
}

function isCost(value: unknown): value is StepCost {
  return typeof value === 'object' && value !== null && 'seconds' in value
}

/** Medians and ratios to the first way, of time and of processor time. */
function reportSteps(
  { name, title }: StepWork,
  present: readonly Way[],
  costs: ReadonlyMap<string, readonly StepCost[]>,
): string {
  const medians = present.map((way) => {
    const all = costs.get(way.name) ?? []
    return [median(all.map(({ seconds }) => seconds)), median(all.map(({ cpuSeconds }) => cpuSeconds))] as const
  })
  const [firstTime, firstCpu] = medians[0] ?? [Number.NaN, Number.NaN]
  const rows = present.map((way, index) => {
    const [time, cpu] = medians[index] ?? [Number.NaN, Number.NaN]
    if (Number.isNaN(time)) return `${way.name.padEnd(16)} failed, see above`
    const cells = [
      `${time.toFixed(3)} s`,
      `× ${(time / firstTime).toFixed(2)}`,
      `${cpu.toFixed(2)} s CPU`,
      `× ${(cpu / firstCpu).toFixed(2)}`,
    ]
    return way.name.padEnd(16) + cells.map((cell) => cell.padStart(12)).join('')
  })
  return [`\n${name}: ${title}`, ...rows.map((row) => `  ${row}`)].join('\n')
}
