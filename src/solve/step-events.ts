import type { Digest } from '@tsbuild/oci'
import type { Vertex } from '../graph/vertex.ts'
import type { Reporter, StepFacts, StepOutline } from '../progress/event.ts'
import type { OpExecutors } from './executor.ts'
import { findExecutor, type VertexKeys } from './vertex-keys.ts'

/** Input of the events about steps. */
export interface StepEventsOptions {
  readonly executors: OpExecutors
  readonly report: Reporter
  /** Platform of the only target that needs a vertex, for events. */
  platformOf?(vertex: Vertex): string | undefined
  /** Put before the ids of vertices in events: a build may need several solvers. Default: empty. */
  readonly idPrefix?: string
}

/** A step whose result came from a cache. */
export interface FoundStep {
  readonly vertex: Vertex
  /** Its definition key. */
  readonly key: Digest
  /** The cache that had it. Absent for the store of this machine. */
  readonly cache?: string
}

/** Reports the events of the vertices of a graph, and names them. */
export class StepEvents {
  readonly #options: StepEventsOptions
  readonly #keys: VertexKeys
  readonly #ids = new Map<Vertex, string>()
  readonly #reported = new Set<Vertex>()
  readonly #cached = new Map<Digest, FoundStep>()

  constructor(options: StepEventsOptions, keys: VertexKeys) {
    this.#options = options
    this.#keys = keys
  }

  /** The steps reported as cached. */
  get found(): readonly FoundStep[] {
    return [...this.#cached.values()]
  }

  /** The definition key, which is from now on the id of a step in events. */
  async identify(vertex: Vertex): Promise<Digest> {
    const key = await this.#keys.definition(vertex)
    if (!this.#isUncached(vertex)) this.#ids.set(vertex, `${this.#options.idPrefix ?? ''}${key}`)
    return key
  }

  /**
   * Id for events. Sources may report something before their key is known, so they are numbered.
   */
  idOf(vertex: Vertex): string {
    const id = this.#ids.get(vertex) ?? `${this.#options.idPrefix ?? ''}source-${this.#ids.size + 1}`
    this.#ids.set(vertex, id)
    return id
  }

  /** Warnings of a step carry the line of its instruction. */
  reporter({ range }: Vertex): Reporter {
    const { report } = this.#options
    if (range === undefined) return report
    return (event) => report(event.type === 'warning' ? { line: range.start.line, ...event } : event)
  }

  /** The step as `build-started` lists it. */
  async outline(vertex: Vertex): Promise<StepOutline> {
    await Promise.all([vertex, ...vertex.inputs].map((one) => this.identify(one)))
    return { vertex: this.idOf(vertex), name: vertex.name, inputs: vertex.inputs.map((input) => this.idOf(input)) }
  }

  async waiting(vertex: Vertex): Promise<void> {
    await this.#options.report({ type: 'vertex-waiting', ...(await this.#factsOf(vertex)) })
  }

  async started(vertex: Vertex, reason: string | undefined): Promise<void> {
    await this.#options.report({
      type: 'vertex-started',
      ...(await this.#factsOf(vertex)),
      ...(reason !== undefined && { reason }),
    })
  }

  async finished(vertex: Vertex, end: { readonly error?: string; readonly canceled?: true } = {}): Promise<void> {
    await this.#options.report({ type: 'vertex-finished', vertex: this.idOf(vertex), time: Date.now(), ...end })
  }

  /** A hit covers all vertices behind it that were not visited. */
  async cached(vertex: Vertex, cache: string | undefined, isVisited: (key: Digest) => boolean): Promise<void> {
    // Inputs first. With an explicit stack, because a chain may be longer than the call stack.
    const stack = [{ vertex, next: 0 }]
    for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
      const input = top.vertex.inputs[top.next++]
      if (input === undefined) {
        stack.pop()
        await this.#cachedOne(top.vertex, cache)
      } else if (!this.#reported.has(input) && !isVisited(await this.#keys.definition(input))) {
        stack.push({ vertex: input, next: 0 })
      }
    }
  }

  async #cachedOne(vertex: Vertex, cache: string | undefined): Promise<void> {
    this.#reported.add(vertex)
    const key = await this.#keys.definition(vertex)
    if (this.#cached.has(key) || this.#isUncached(vertex)) return
    this.#cached.set(key, { vertex, key, ...(cache !== undefined && { cache }) })
    await this.#options.report({
      type: 'vertex-cached',
      ...(await this.#factsOf(vertex)),
      ...(cache !== undefined && { cache }),
    })
  }

  async #factsOf(vertex: Vertex): Promise<StepFacts> {
    await Promise.all([vertex, ...vertex.inputs].map((one) => this.identify(one)))
    const platform = this.#options.platformOf?.(vertex)
    return {
      vertex: this.idOf(vertex),
      name: vertex.name,
      time: Date.now(),
      ...(vertex.stage !== undefined && { stage: vertex.stage }),
      ...(vertex.range !== undefined && { line: vertex.range.start.line }),
      ...(platform !== undefined && { platform }),
      inputs: vertex.inputs.map((input) => this.idOf(input)),
    }
  }

  #isUncached({ op }: Vertex): boolean {
    return findExecutor(this.#options.executors, op).uncached === true
  }
}
