import { type Digest, digestOf } from '@tsbuild/oci'
import { TsbuildError } from '@tsbuild/errors'
import type { RunOp } from '../../graph/op.ts'
import type { Vertex } from '../../graph/vertex.ts'
import type { Layer, Snapshot } from '../../layer/layer.ts'
import type { CacheHit, CacheStore } from '../cache-store.ts'
import type { OpExecutor, OpExecutors } from '../executor.ts'
import { Solver } from '../solver.ts'
import type { StepClaims } from '../step-claims.ts'
import type { KeyParts, StepMemory } from '../step-memory.ts'

export const layer = (text: string): Layer => {
  const id = digestOf(text)
  const unused = (): never => {
    throw new Error('The solver must not look into layers')
  }
  return { id, diff: unused, diffId: unused, blob: unused, created: unused }
}

export const local = (context: string): Vertex => ({ name: context, inputs: [], op: { kind: 'local', context } })
export const run = (command: string, ...inputs: readonly Vertex[]): Vertex => ({
  name: command,
  inputs,
  op: runOp(command),
})
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

export interface World {
  readonly contexts: Map<string, string>
  readonly ran: string[]
  readonly executors: OpExecutors
  readonly cache: CacheStore
  readonly memory: StepMemory
  readonly claims: StepClaims
  peak(): number
}

/**
 * Contexts are texts. The layer of a command is the result of `effect`. `ran` lists the commands
 * that ran, in order.
 */
export function world(
  contents: Readonly<Record<string, string>>,
  effect: (command: string, inputs: readonly Snapshot[]) => string = (command) => command,
): World {
  const contexts = new Map(Object.entries(contents))
  const ran: string[] = []
  const records = new Map<Digest, CacheHit>()
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
    squash: refuse,
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
        if (command === 'fail') throw new TsbuildError('RUN_FAILED', 'it failed')
        signal.throwIfAborted()
        return [layer(effect(command, inputs))]
      },
    },
  }
  const cache: CacheStore = {
    get: async (key) => records.get(key),
    put: async (key, snapshot, content) => {
      records.set(key, { snapshot, ...(content !== undefined && { content }) })
    },
  }
  const remembered = new Map<string, KeyParts>()
  const memory: StepMemory = {
    get: async ({ name }) => remembered.get(name),
    put: async ({ name }, parts) => {
      remembered.set(name, parts)
    },
  }
  const claims: StepClaims = { take: async () => undefined }
  return { contexts, ran, executors, cache, memory, claims, peak: () => peak }
}

export function solver(
  { executors, cache, memory, claims }: World,
  ignoreCache: ((vertex: Vertex) => boolean) | undefined = () => false,
  events: string[] = [],
): Solver {
  return new Solver({
    executors,
    cache,
    memory,
    claims,
    signal: new AbortController().signal,
    report: (event) => events.push(`${event.type} ${'name' in event ? event.name : ''}`.trim()),
    compressionFor: () => ({ type: 'none' }),
    ignoreCache,
  })
}

export async function solve(here: World, target: Vertex, ignoreCache?: (vertex: Vertex) => boolean): Promise<void> {
  const solving = solver(here, ignoreCache)
  await solving.solve(target)
  await solving.finish()
}
