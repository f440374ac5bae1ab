import { describe, expect, test } from 'vitest'
import { type Digest, digestOf } from '@tsbuild/oci'
import type { RunOp } from '../graph/op.ts'
import type { Vertex } from '../graph/vertex.ts'
import type { Layer, Snapshot } from '../layer/layer.ts'
import type { CacheStore } from './cache-store.ts'
import type { OpExecutor, OpExecutors } from './executor.ts'
import { Planner } from './planner.ts'
import { Solver } from './solver.ts'
import type { KeyParts, StepMemory } from './step-memory.ts'

const layer = (text: string): Layer => {
  const id = digestOf(text)
  const unused = (): never => {
    throw new Error('The solver must not look into layers')
  }
  return { id, diff: unused, diffId: unused, blob: unused, created: unused }
}

const local = (context: string): Vertex => ({ name: context, inputs: [], op: { kind: 'local', context } })
const run = (command: string, ...inputs: readonly Vertex[]): Vertex => ({ name: command, inputs, op: runOp(command) })
const runOp = (command: string): RunOp => ({
  kind: 'run',
  args: [command],
  env: [],
  cwd: '/',
  user: '',
  hostname: 'h',
  network: 'default',
  security: 'sandbox',
  mounts: [],
  platform: { os: 'linux', architecture: 'amd64' },
  extraHosts: [],
  ulimits: [],
})

interface World {
  readonly contexts: Map<string, string>
  readonly ran: string[]
  readonly executors: OpExecutors
  readonly cache: CacheStore
  readonly memory: StepMemory
  peak(): number
}

/** Contexts are texts; a command's layer is what `effect` makes of it. `ran` tells what was done, in order. */
function world(
  contents: Readonly<Record<string, string>>,
  effect: (command: string, inputs: readonly Snapshot[]) => string = (command) => command,
): World {
  const contexts = new Map(Object.entries(contents))
  const ran: string[] = []
  const records = new Map<Digest, Snapshot>()
  let active = 0
  let peak = 0
  const refuse: OpExecutor<never> = {
    key: () => Promise.reject(new Error('not in this test')),
    run: () => Promise.reject(new Error('not in this test')),
  }
  const executors: OpExecutors = {
    image: refuse,
    git: refuse,
    http: refuse,
    inline: refuse,
    mkdir: refuse,
    copy: refuse,
    merge: refuse,
    local: {
      uncached: true,
      key: async ({ context }) => digestOf(contexts.get(context) ?? ''),
      run: async ({ context }) => [layer(contexts.get(context) ?? '')],
    },
    run: {
      key: async ({ args }) => digestOf(args.join(' ')),
      run: async ({ args: [command = ''] }, inputs, { signal }) => {
        ran.push(command)
        peak = Math.max(peak, ++active)
        await new Promise((resolve) => setTimeout(resolve, command === 'slow' ? 50 : 5))
        active -= 1
        if (command === 'fail') throw Object.assign(new Error('it failed'), { code: 'RUN_FAILED' })
        signal.throwIfAborted()
        return [layer(effect(command, inputs))]
      },
    },
  }
  const cache: CacheStore = {
    get: async (key) => records.get(key),
    put: async (key, snapshot) => {
      records.set(key, snapshot)
    },
  }
  const remembered = new Map<string, KeyParts>()
  const memory: StepMemory = {
    get: async ({ name }) => remembered.get(name),
    put: async ({ name }, parts) => {
      remembered.set(name, parts)
    },
  }
  return { contexts, ran, executors, cache, memory, peak: () => peak }
}

function solver(
  { executors, cache, memory }: World,
  ignoreCache: ((vertex: Vertex) => boolean) | undefined = () => false,
  events: string[] = [],
): Solver {
  return new Solver({
    executors,
    cache,
    memory,
    signal: new AbortController().signal,
    report: (event) => events.push(`${event.type} ${'name' in event ? event.name : ''}`.trim()),
    compressionFor: () => ({ type: 'none' }),
    ignoreCache,
  })
}

async function solve(here: World, target: Vertex, ignoreCache?: (vertex: Vertex) => boolean): Promise<void> {
  const solving = solver(here, ignoreCache)
  await solving.solve(target)
  await solving.finish()
}

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
  await expect(solver(here).solve(target)).rejects.toMatchObject({ message: 'it failed', code: 'RUN_FAILED', step: 'fail' })
  await new Promise((resolve) => setTimeout(resolve, 80))
  expect(here.ran.sort()).toEqual(['fail', 'slow'])
})

test('a plan tells hits and misses and runs nothing', async () => {
  const here = world({ ctx: 'a' })
  const compile = run('compile', local('ctx'))
  await solve(here, compile)
  const contextOf = () => ({ vertex: '', signal: new AbortController().signal, report: () => {}, compression: { type: 'none' } as const })
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
  const contextOf = () => ({ vertex: '', signal: new AbortController().signal, report: () => {}, compression: { type: 'none' } as const })
  const [step] = await new Planner({ ...here, contextOf, ignoreCache: () => false }).plan(target)
  expect(step?.change).toEqual({ kind: 'input', index: 0 })
})

test('what is found by content stands on the image that was asked for, not on the one it was made on', async () => {
  const here = world({})
  const platform = { os: 'linux', architecture: 'amd64' }
  const image = (reference: string): Vertex => ({
    name: reference,
    inputs: [],
    op: { kind: 'image', reference, digest: digestOf(reference), platform },
  })
  const source = { has: async () => false, open: () => Promise.reject(new Error('not in this test')) }
  // The same files in two images, compressed in two ways; and what is made on them has the id of a file that is there already.
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

describe('graphs of many steps', () => {
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
    const contextOf = () => ({ vertex: '', signal: new AbortController().signal, report: () => {}, compression: { type: 'none' } as const })
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
    for (let index = 0; index < 40; index += 1) target = run(`join ${index}`, run(`left ${index}`, target), run(`right ${index}`, target))
    expect(await planned(here, target)).toEqual({ miss: 2, unknown: 118 })
    await solve(here, target)
    expect(here.ran).toHaveLength(120)
    expect(await planned(here, target)).toEqual({ hit: 120 })
  })
})
