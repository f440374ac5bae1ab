import type { Digest } from '@tsbuild/oci'
import type { Op } from '../graph/op.ts'
import type { Vertex } from '../graph/vertex.ts'
import type { Snapshot } from '../layer/layer.ts'
import type { Reporter } from '../progress/event.ts'
import type { CacheStore } from './cache-store.ts'
import type { OpExecutor, OpExecutors, SolveContext } from './executor.ts'
import { keyOf } from './key.ts'
import { once } from './once.ts'
import { StepError } from './step-error.ts'

export interface SolverOptions {
  readonly executors: OpExecutors
  readonly cache: CacheStore
  readonly signal: AbortSignal
  readonly report: Reporter
  /** The form in which the layer of this vertex will be asked for. */
  compressionFor(vertex: Vertex): SolveContext['compression']
  /** True for vertices that must be done although a record may exist. */
  ignoreCache(vertex: Vertex): boolean
}

/** How often what happened: a vertex that only reads its result from elsewhere (an image, a context) counts as neither. */
export interface SolveCounts {
  readonly cached: number
  readonly run: number
}

/**
 * Solves a build graph: every vertex at most once, inputs in parallel, and only when neither cache key matches.
 *
 * The *definition key* chains the keys of the inputs, so a warm build asks the cache once and touches no input. The *content
 * key* uses the digests of what is read of the inputs, so a rebuilt input with unchanged bytes stops the rebuild there (early
 * cutoff). Vertices that are different objects but have one definition key are done once. The first failure aborts the rest.
 */
export class Solver {
  readonly #options: SolverOptions
  readonly #abort = new AbortController()
  readonly #signal: AbortSignal
  readonly #definitionKeys = new Map<Vertex, Promise<Digest>>()
  readonly #byDefinition = new Map<Digest, Promise<Snapshot>>()
  readonly #byContent = new Map<Digest, Promise<Snapshot>>()
  readonly #reported = new Set<Digest>()
  readonly #forced = new Map<Vertex, boolean>()
  #counts = { cached: 0, run: 0 }

  constructor(options: SolverOptions) {
    this.#options = options
    this.#signal = AbortSignal.any([options.signal, this.#abort.signal])
  }

  get counts(): SolveCounts {
    return this.#counts
  }

  /** The file system `vertex` stands for. Rejects with the error of the first vertex that failed. */
  async solve(vertex: Vertex): Promise<Snapshot> {
    try {
      return await this.#solve(vertex)
    } catch (error) {
      this.#abort.abort(error)
      throw this.#options.signal.aborted ? error : this.#abort.signal.reason
    }
  }

  /** The chained key of a vertex: equal on every machine whenever everything that decides the result is equal. */
  definitionKey(vertex: Vertex): Promise<Digest> {
    return once(this.#definitionKeys, vertex, async () => {
      const own = await this.#executor(vertex.op).key(vertex.op, this.#context(vertex))
      const inputs = await Promise.all(vertex.inputs.map((input) => this.definitionKey(input)))
      return keyOf('definition', { kind: vertex.op.kind, own, inputs })
    })
  }

  async #solve(vertex: Vertex): Promise<Snapshot> {
    const key = await this.definitionKey(vertex)
    return once(this.#byDefinition, key, async () => (await this.#lookUp(vertex, key)) ?? (await this.#build(vertex, key)))
  }

  async #lookUp(vertex: Vertex, key: Digest): Promise<Snapshot | undefined> {
    if (this.#executor(vertex.op).uncached || this.#mustDo(vertex)) return undefined
    const hit = await this.#options.cache.get(key)
    if (hit) await this.#reportCached(vertex)
    return hit
  }

  async #build(vertex: Vertex, definitionKey: Digest): Promise<Snapshot> {
    const inputs = await Promise.all(vertex.inputs.map((input) => this.solve(input)))
    this.#signal.throwIfAborted()
    const { cache } = this.#options
    if (this.#executor(vertex.op).uncached) return this.#run(vertex, inputs)
    const contentKey = await this.#contentKey(vertex, inputs)
    const snapshot = await once(this.#byContent, contentKey, async () => {
      const hit = this.#options.ignoreCache(vertex) ? undefined : await cache.get(contentKey)
      if (hit) {
        await this.#reportCached(vertex)
        return hit
      }
      const made = await this.#run(vertex, inputs)
      await cache.put(contentKey, made)
      return made
    })
    await cache.put(definitionKey, snapshot)
    return snapshot
  }

  async #run(vertex: Vertex, inputs: readonly Snapshot[]): Promise<Snapshot> {
    const { report } = this.#options
    const context = this.#context(vertex)
    const id = context.vertex
    const executor = this.#executor(vertex.op)
    if (!executor.uncached) this.#counts.run += 1
    report({ type: 'vertex-started', vertex: id, name: vertex.name, time: Date.now() })
    try {
      const snapshot = await executor.run(vertex.op, inputs, context)
      report({ type: 'vertex-finished', vertex: id, time: Date.now() })
      return snapshot
    } catch (error) {
      report({ type: 'vertex-finished', vertex: id, time: Date.now(), error: error instanceof Error ? error.message : String(error) })
      throw this.#signal.aborted ? error : new StepError(vertex, error)
    }
  }

  async #contentKey(vertex: Vertex, inputs: readonly Snapshot[]): Promise<Digest> {
    const executor = this.#executor(vertex.op)
    const own = await executor.key(vertex.op, this.#context(vertex))
    const read = await Promise.all(
      inputs.map(async (input, index) => (await executor.inputDigest?.(vertex.op, index, input)) ?? keyOf('snapshot', input.map((layer) => layer.id))),
    )
    return keyOf('content', { kind: vertex.op.kind, own, read })
  }

  /** A hit stands for everything behind it that was not done in this build. */
  async #reportCached(vertex: Vertex): Promise<void> {
    const key = await this.definitionKey(vertex)
    if (this.#reported.has(key) || this.#executor(vertex.op).uncached) return
    this.#reported.add(key)
    for (const input of vertex.inputs) if (!this.#byDefinition.has(await this.definitionKey(input))) await this.#reportCached(input)
    this.#counts.cached += 1
    this.#options.report({ type: 'vertex-cached', vertex: this.#context(vertex).vertex, name: vertex.name, time: Date.now() })
  }

  /** Whether the definition key may not be asked, because this vertex or something it is made from must be done again. */
  #mustDo(vertex: Vertex): boolean {
    const known = this.#forced.get(vertex)
    if (known !== undefined) return known
    const must = this.#options.ignoreCache(vertex) || vertex.inputs.some((input) => this.#mustDo(input))
    this.#forced.set(vertex, must)
    return must
  }

  readonly #ids = new Map<Vertex, string>()
  #context(vertex: Vertex): SolveContext {
    const id = this.#ids.get(vertex) ?? String(this.#ids.size + 1)
    this.#ids.set(vertex, id)
    return { vertex: id, signal: this.#signal, report: this.#options.report, compression: this.#options.compressionFor(vertex) }
  }

  #executor(op: Op): OpExecutor<Op> {
    return this.#options.executors[op.kind] as OpExecutor<Op>
  }
}
