import type { Digest } from '@tsbuild/oci'
import type { Vertex } from '../graph/vertex.ts'
import { walk } from '../graph/walk.ts'
import type { Snapshot } from '../layer/layer.ts'
import type { CacheStore } from './cache-store.ts'
import type { OpExecutors, SolveContext } from './executor.ts'
import { changeSince, type StepChange } from './step-change.ts'
import { stepFacts } from './step-facts.ts'
import type { StepMemory } from './step-memory.ts'
import { contentKey, findExecutor, VertexKeys } from './vertex-keys.ts'

/** Planned state of one vertex. */
export interface PlannedVertex {
  readonly vertex: Vertex
  readonly key: Digest
  /** `unknown`: depends on inputs that have to be built first. */
  readonly state: 'hit' | 'miss' | 'unknown'
  /** For a hit: name of the cache that has it. Absent for the store of this machine. */
  readonly cache?: string
  /** The inputs that would have to be made first. */
  readonly waitsFor: readonly Vertex[]
  /** For a miss: the difference from the last time that this step was looked at. */
  readonly change?: StepChange
}

export interface PlannerOptions {
  readonly executors: OpExecutors
  readonly cache: CacheStore
  readonly memory: StepMemory
  contextOf(vertex: Vertex): SolveContext
  ignoreCache(vertex: Vertex): boolean
}

/**
 * Describes the work that solving would do. Reads contexts and the cache, but runs no step and
 * writes no file.
 */
export class Planner {
  readonly #options: PlannerOptions
  readonly #keys: VertexKeys
  readonly #planned = new Map<Vertex, Planned>()

  constructor(options: PlannerOptions) {
    this.#options = options
    this.#keys = new VertexKeys(options.executors, options.contextOf)
  }

  /**
   * Every step that the target needs, inputs before their users. Sources (images, contexts) are not
   * among them.
   */
  async plan(target: Vertex): Promise<readonly PlannedVertex[]> {
    const vertices: Vertex[] = []
    walk(target, (vertex) => vertices.push(vertex))
    for (const vertex of vertices) this.#planned.set(vertex, await this.#planOne(vertex))
    return vertices.flatMap((vertex) => {
      const planned = this.#planned.get(vertex)
      if (planned === undefined || findExecutor(this.#options.executors, vertex.op).uncached) return []
      const { snapshot: _, ...step } = planned
      return [{ vertex, ...step }]
    })
  }

  async #planOne(vertex: Vertex): Promise<Planned> {
    const { executors, cache, memory, ignoreCache, contextOf } = this.#options
    const executor = findExecutor(executors, vertex.op)
    const key = await this.#keys.definition(vertex)
    const planned = vertex.inputs.map((input) => this.#planned.get(input))
    const waitsFor = vertex.inputs.filter((_, index) => planned[index]?.snapshot === undefined)
    const ignored = ignoreCache(vertex)
    const byDefinition = ignored || executor.uncached ? undefined : await cache.get(key)
    if (byDefinition) return { key, state: 'hit', waitsFor: [], ...byDefinition }
    if (waitsFor.length > 0) return { key, state: ignored ? 'miss' : 'unknown', waitsFor }
    const inputs = planned.map((input) => input?.snapshot ?? [])
    if (executor.uncached)
      return { key, state: 'hit', waitsFor, snapshot: await executor.run(vertex.op, inputs, contextOf(vertex)) }
    const parts = await this.#keys.parts(vertex, inputs)
    const byContent = ignored ? undefined : await cache.get(contentKey(vertex, parts))
    if (byContent) return { key, state: 'hit', waitsFor, ...byContent }
    const facts = await stepFacts(vertex, inputs, { parts, executors })
    return { key, state: 'miss', waitsFor, change: changeSince(await memory.get(vertex), facts) }
  }
}

type Planned = Omit<PlannedVertex, 'vertex'> & { readonly snapshot?: Snapshot }
