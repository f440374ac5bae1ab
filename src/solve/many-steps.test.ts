import { expect, test } from 'vitest'
import type { RunOp } from '../graph/op.ts'
import type { Vertex } from '../graph/vertex.ts'
import type { Snapshot } from '../layer/layer.ts'
import { Planner } from './planner.ts'
import { layer, local, run, solve, solver, type World, world } from './testing/world.ts'

/** A world whose steps take no time. */
function quick(): World {
  const here = world({ ctx: 'a' })
  const made = async ({ args: [command = ''] }: RunOp): Promise<Snapshot> => {
    here.ran.push(command)
    return [layer(command)]
  }
  return { ...here, executors: { ...here.executors, run: { ...here.executors.run, run: made } } }
}

const planned = async (here: World, target: Vertex): Promise<Readonly<Record<string, number>>> => {
  const contextOf = () => ({
    vertex: '',
    signal: new AbortController().signal,
    report: () => {},
    compression: { type: 'none' } as const,
  })
  const steps = await new Planner({ ...here, contextOf, ignoreCache: () => false }).plan(target)
  return Object.fromEntries(
    Map.groupBy(steps, ({ state }) => state)
      .entries()
      .map(([state, { length }]) => [state, length]),
  )
}

test('a chain may be longer than the call stack is deep', async () => {
  const length = 6000
  const here = quick()
  let target = local('ctx')
  for (let index = 0; index < length; index += 1) target = run(String(index), target)
  await solve(here, target)
  expect(here.ran).toHaveLength(length)
  expect(await planned(here, target)).toEqual({ hit: length })
  const warm = solver(here)
  await warm.solve(target)
  expect(warm.counts).toEqual({ cached: length, run: 0 })
  await solve(here, target, ({ name }) => name === '7')
  expect(here.ran).toHaveLength(length + 1)
})

test('steps that several others use are looked at once', async () => {
  const here = quick()
  let target = local('ctx')
  for (let index = 0; index < 40; index += 1)
    target = run(`join ${index}`, run(`left ${index}`, target), run(`right ${index}`, target))
  expect(await planned(here, target)).toEqual({ miss: 2, unknown: 118 })
  await solve(here, target)
  expect(here.ran).toHaveLength(120)
  expect(await planned(here, target)).toEqual({ hit: 120 })
})
