import { digestOf } from '@tsbuild/oci'
import { expect, test } from 'vitest'
import type { Vertex } from '../graph/vertex.ts'
import type { Snapshot } from '../layer/layer.ts'
import type { OpExecutors } from './executor.ts'
import { Planner } from './planner.ts'
import { layer, local, run, solve, solver, world } from './testing/world.ts'

test('a warm build does nothing and counts every step as cached', async () => {
  const here = world({ ctx: 'a' })
  const target = run('link', run('compile', local('ctx')))
  await solve(here, target)
  expect(here.ran).toEqual(['compile', 'link'])
  const events: string[] = []
  const warm = solver(here, undefined, events)
  await warm.solve(target)
  expect(here.ran).toHaveLength(2)
  expect(warm.counts).toEqual({ cached: 2, run: 0 })
  expect(events).toEqual(['vertex-cached compile', 'vertex-cached link'])
})

test('early cutoff: a changed source with the same output leaves what depends on it cached', async () => {
  const here = world({ ctx: 'a' }, (command) => (command === 'strip' ? 'same' : command))
  const target = run('compile', run('strip', local('ctx')))
  await solve(here, target)
  here.contexts.set('ctx', 'b')
  await solve(here, target)
  expect(here.ran).toEqual(['strip', 'compile', 'strip'])
})

test('a shared input is done once, siblings run side by side, equal content is merged', async () => {
  const here = world({ x: 'same', y: 'same' })
  const base = run('base', local('x'))
  await solve(here, run('join', run('left', base), run('right', base)))
  expect(here.ran.filter((command) => command === 'base')).toHaveLength(1)
  expect(here.peak()).toBe(2)
  await solve(here, run('base', local('y')))
  expect(here.ran.filter((command) => command === 'base')).toHaveLength(1)
})

test('vertices that are different objects but mean the same are done once in one build', async () => {
  const here = world({ x: 'same' })
  await solve(here, run('join', run('base', local('x')), run('base', local('x'))))
  expect(here.ran).toEqual(['base', 'join'])
})

test('a vertex whose cache is ignored runs again, and what follows is looked up by content', async () => {
  const here = world({ ctx: 'a' })
  const target = run('link', run('compile', local('ctx')))
  await solve(here, target)
  await solve(here, target, ({ name }) => name === 'compile')
  expect(here.ran).toEqual(['compile', 'link', 'compile'])
})

test('the first failure stops its siblings and is the error, with the step it belongs to', async () => {
  const here = world({ ctx: 'a' })
  const target = run('join', run('fail', local('ctx')), run('after', run('slow', local('ctx'))))
  await expect(solver(here).solve(target)).rejects.toMatchObject({
    message: 'it failed',
    code: 'RUN_FAILED',
    step: 'fail',
  })
  await new Promise((resolve) => setTimeout(resolve, 80))
  expect(here.ran.sort()).toEqual(['fail', 'slow'])
})

test('a plan tells hits and misses and runs nothing', async () => {
  const here = world({ ctx: 'a' })
  const compile = run('compile', local('ctx'))
  await solve(here, compile)
  const contextOf = () => ({
    vertex: '',
    signal: new AbortController().signal,
    report: () => {},
    compression: { type: 'none' } as const,
  })
  const planner = new Planner({ ...here, contextOf, ignoreCache: () => false })
  const steps = await planner.plan(run('test', run('link', compile)))
  expect(steps.map(({ vertex, state }) => [vertex.name, state])).toEqual([
    ['compile', 'hit'],
    ['link', 'miss'],
    ['test', 'unknown'],
  ])
  expect(here.ran).toEqual(['compile'])
})

test('a plan tells what changed since a step was last done', async () => {
  const here = world({ ctx: 'a' })
  const target = run('compile', local('ctx'))
  await solve(here, target)
  here.contexts.set('ctx', 'b')
  const contextOf = () => ({
    vertex: '',
    signal: new AbortController().signal,
    report: () => {},
    compression: { type: 'none' } as const,
  })
  const [step] = await new Planner({ ...here, contextOf, ignoreCache: () => false }).plan(target)
  expect(step?.change).toEqual({ kind: 'input', index: 0 })
})

test('a hit by content uses the requested image, not the one it was built on', async () => {
  const here = world({})
  const platform = { os: 'linux', architecture: 'amd64' }
  const image = (reference: string): Vertex => ({
    name: reference,
    inputs: [],
    op: { kind: 'image', reference, digest: digestOf(reference), platform },
  })
  const source = { has: async () => false, open: () => Promise.reject(new Error('not in this test')) }
  // The same files in two images, compressed in two ways. The layer on top has the id of an
  // existing file.
  const executors: OpExecutors = {
    ...here.executors,
    image: {
      uncached: true,
      key: async ({ digest }) => digest,
      run: async ({ reference }) => {
        const descriptor = { mediaType: 'a/b', digest: digestOf(reference), size: 1 }
        return [{ ...layer('base'), origin: { reference, descriptor, source } }, layer('made')]
      },
    },
    run: { ...here.executors.run, run: async (_, [base = []]) => [...base, layer('made')] },
  }
  const build = async (reference: string): Promise<Snapshot> => {
    const solving = solver({ ...here, executors })
    const snapshot = await solving.solve(run('touch', image(reference)))
    await solving.finish()
    return snapshot
  }
  for (const reference of ['gzip', 'zstd', 'gzip']) {
    const [base, own, made] = await build(reference)
    expect([base?.origin?.reference, made?.id]).toEqual([reference, digestOf('made')])
    // Layers that were made may differ in times, which ids do not tell.
    expect(made).not.toBe(own)
  }
})
