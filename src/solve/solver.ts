import type { Digest } from '@tsbuild/oci'
import type { Vertex } from '../graph/vertex.ts'
import { walk } from '../graph/walk.ts'
import type { Snapshot } from '../layer/layer.ts'
import type { Reporter, StepFacts } from '../progress/event.ts'
import type { CacheHit, CacheStore } from './cache-store.ts'
import type { OpExecutor, OpExecutors, SolveContext } from './executor.ts'
import { once } from './once.ts'
import { stepError } from './step-error.ts'
import { changeSince, explainChange } from './step-change.ts'
import { stepFacts } from './step-facts.ts'
import type { KeyParts, StepMemory } from './step-memory.ts'
import { contentKey, findExecutor, VertexKeys } from './vertex-keys.ts'

export interface SolverOptions {
  readonly executors: OpExecutors
  readonly cache: CacheStore
  readonly memory: StepMemory
  readonly signal: AbortSignal
  readonly report: Reporter
  /** Form in which the layer of this vertex will be needed. */
  compressionFor(vertex: Vertex): SolveContext['compression']
  /** True for vertices that must be done although a record may exist. */
  ignoreCache(vertex: Vertex): boolean
  /** Platform of the only target that needs a vertex, for events. */
  platformOf?(vertex: Vertex): string | undefined
  /** Put before the ids of vertices in events: a build may need several solvers. Default: empty. */
  readonly idPrefix?: string
}

/**
 * Number of steps cached and run. A vertex that only reads from elsewhere (an image, a context)
 * counts as neither.
 */
export interface SolveCounts {
  readonly cached: number
  readonly run: number
}

/**
 * Solves a build graph: every vertex at most once, inputs in parallel, and only when neither cache
 * key matches.
 *
 * A warm build asks the cache once, with the definition key of the target, and touches no input.
 * Otherwise inputs are solved and the content key is asked: a rebuilt input with unchanged bytes
 * stops the rebuild there (early cutoff). Vertices that are different objects but have one
 * definition key are done once. The first failure aborts the rest.
 */
export class Solver {
  readonly #options: SolverOptions
  readonly #keys: VertexKeys
  readonly #abort = new AbortController()
  readonly #signal: AbortSignal
  readonly #ids = new Map<Vertex, string>()
  readonly #byDefinition = new Map<Digest, Promise<Snapshot>>()
  readonly #byContent = new Map<Digest, Promise<Snapshot>>()
  readonly #forced = new Set<Vertex>()
  readonly #decided = new Set<Vertex>()
  readonly #cached = new Set<Digest>()
  readonly #reported = new Set<Vertex>()
  readonly #executed = new Set<Digest>()
  readonly #records: Promise<void>[] = []
  #run = 0

  constructor(options: SolverOptions) {
    this.#options = options
    this.#keys = new VertexKeys(options.executors, (vertex) => this.#context(vertex))
    this.#signal = AbortSignal.any([options.signal, this.#abort.signal])
  }

  get counts(): SolveCounts {
    return { cached: this.#cached.size, run: this.#run }
  }

  /** File system of `vertex`. Rejects with the error of the first vertex that failed. */
  async solve(vertex: Vertex): Promise<Snapshot> {
    try {
      const key = await this.#identify(vertex)
      return await once(
        this.#byDefinition,
        key,
        async () => (await this.#lookUp(vertex, key)) ?? (await this.#make(vertex, key)),
      )
    } catch (error) {
      this.#abort.abort(error)
      throw this.#signal.reason
    }
  }

  /** Number of different steps of some targets; undefined where a key cannot be computed. */
  async countSteps(targets: readonly Vertex[]): Promise<number | undefined> {
    const steps: Vertex[] = []
    const seen = new Set<Vertex>()
    for (const target of targets)
      walk(target, (vertex) => void (this.#executor(vertex).uncached === true || steps.push(vertex)), seen)
    // The error is that of `solve`, which computes the same keys.
    const keys = await Promise.all(steps.map((step) => this.#keys.definition(step))).catch(() => undefined)
    return keys && new Set(keys).size
  }

  /** Equal on every machine whenever everything that decides the result is equal. */
  definitionKey(vertex: Vertex): Promise<Digest> {
    return this.#keys.definition(vertex)
  }

  /** The key of a step, and whether its result came from a cache; to be called after solving. */
  async outcome(vertex: Vertex): Promise<{ readonly key: Digest; readonly cached: boolean }> {
    const key = await this.#keys.definition(vertex)
    return { key, cached: !this.#executed.has(key) }
  }

  /** Resolved source; undefined for a fixed source, and for other ops. */
  async pin(vertex: Vertex): Promise<string | undefined> {
    return this.#executor(vertex).pin?.(vertex.op, this.#context(vertex))
  }

  /**
   * Waits until everything that was made is in the cache; to be called once solving has ended, well
   * or not.
   */
  async finish(): Promise<void> {
    await Promise.allSettled(this.#records)
    await Promise.all(this.#records)
  }

  async #lookUp(vertex: Vertex, key: Digest): Promise<Snapshot | undefined> {
    if (this.#executor(vertex).uncached || this.#mustDo(vertex)) return undefined
    const hit = await this.#options.cache.get(key)
    if (hit === undefined) return undefined
    await this.#reportCached(vertex, hit)
    this.#keep(key, hit)
    return hit.snapshot
  }

  /** The store remembers what another cache had; its bytes stay there until they are needed. */
  #keep(key: Digest, { cache, snapshot, content }: CacheHit): void {
    if (cache !== undefined) this.#record(key, snapshot, content)
  }

  async #make(vertex: Vertex, definitionKey: Digest): Promise<Snapshot> {
    const inputs = await Promise.all(vertex.inputs.map((input) => this.solve(input)))
    this.#signal.throwIfAborted()
    if (this.#executor(vertex).uncached) return this.#execute(vertex, inputs)
    const parts = await this.#keys.parts(vertex, inputs)
    const key = contentKey(vertex, parts)
    const reason = await this.#reasonFor(vertex, inputs, parts)
    const snapshot = await this.#makeByContent(vertex, { key, reason }, inputs)
    this.#record(definitionKey, snapshot, key)
    return snapshot
  }

  /** Reason why a step that no definition key finds may have to run; remembers its facts. */
  async #reasonFor(vertex: Vertex, inputs: readonly Snapshot[], parts: KeyParts): Promise<string> {
    const { executors, memory, ignoreCache } = this.#options
    const last = await memory.get(vertex)
    const facts = await stepFacts(vertex, inputs, { parts, executors })
    this.#records.push(memory.put(vertex, facts))
    return ignoreCache(vertex) ? 'caching is disabled for it' : explainChange(vertex, changeSince(last, facts))
  }

  async #makeByContent(
    vertex: Vertex,
    { key, reason }: { readonly key: Digest; readonly reason: string },
    inputs: readonly Snapshot[],
  ): Promise<Snapshot> {
    const { cache, ignoreCache } = this.#options
    const found = await once(this.#byContent, key, async () => {
      const hit = ignoreCache(vertex) ? undefined : await cache.get(key)
      if (hit) {
        await this.#reportCached(vertex, hit)
        this.#keep(key, hit)
        return hit.snapshot
      }
      this.#run += 1
      const made = await this.#execute(vertex, inputs, reason)
      this.#record(key, made)
      return made
    })
    return withImages(inputs, found)
  }

  /** Writing a record writes the layer, which need not hold up the steps that do not read it. */
  #record(key: Digest, snapshot: Snapshot, content?: Digest): void {
    const recorded = this.#options.cache.put(key, snapshot, content)
    recorded.catch((error: unknown) => this.#abort.abort(error))
    this.#records.push(recorded)
  }

  async #execute(vertex: Vertex, inputs: readonly Snapshot[], reason?: string): Promise<Snapshot> {
    const { report } = this.#options
    const context = this.#context(vertex)
    const { vertex: id } = context
    await report({
      type: 'vertex-started',
      ...(await this.#factsOf(vertex)),
      ...(reason !== undefined && { reason }),
    })
    try {
      const snapshot = await this.#executor(vertex).run(vertex.op, inputs, context)
      this.#executed.add(await this.#keys.definition(vertex))
      await report({ type: 'vertex-finished', vertex: id, time: Date.now() })
      return snapshot
    } catch (error) {
      const ended = { type: 'vertex-finished', vertex: id, time: Date.now() } as const
      if (this.#signal.aborted) {
        await report({ ...ended, canceled: true })
        throw error
      }
      await report({ ...ended, error: error instanceof Error ? error.message : String(error) })
      throw stepError(vertex, error)
    }
  }

  /** A hit covers all vertices behind it that this build did not have to visit. */
  async #reportCached(vertex: Vertex, { cache }: CacheHit): Promise<void> {
    // Inputs first, on a stack of its own: chains may be longer than the call stack is deep.
    const stack = [{ vertex, next: 0 }]
    for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
      const input = top.vertex.inputs[top.next++]
      if (input === undefined) {
        stack.pop()
        await this.#reportOne(top.vertex, cache)
      } else if (!this.#reported.has(input) && !this.#byDefinition.has(await this.#keys.definition(input))) {
        stack.push({ vertex: input, next: 0 })
      }
    }
  }

  async #reportOne(vertex: Vertex, cache: string | undefined): Promise<void> {
    this.#reported.add(vertex)
    const key = await this.#keys.definition(vertex)
    if (this.#cached.has(key) || this.#executor(vertex).uncached) return
    this.#cached.add(key)
    await this.#options.report({
      type: 'vertex-cached',
      ...(await this.#factsOf(vertex)),
      ...(cache !== undefined && { cache }),
    })
  }

  /**
   * True if the cache must not be read by definition, because this vertex or one of its inputs must
   * run again.
   */
  #mustDo(vertex: Vertex): boolean {
    const decide = (next: Vertex): void => {
      if (this.#options.ignoreCache(next) || next.inputs.some((input) => this.#forced.has(input)))
        this.#forced.add(next)
    }
    walk(vertex, decide, this.#decided)
    return this.#forced.has(vertex)
  }

  async #factsOf(vertex: Vertex): Promise<StepFacts> {
    await Promise.all([vertex, ...vertex.inputs].map((one) => this.#identify(one)))
    const platform = this.#options.platformOf?.(vertex)
    return {
      vertex: this.#idOf(vertex),
      name: vertex.name,
      time: Date.now(),
      ...(vertex.stage !== undefined && { stage: vertex.stage }),
      ...(vertex.range !== undefined && { line: vertex.range.start.line }),
      ...(platform !== undefined && { platform }),
      inputs: vertex.inputs.map((input) => this.#idOf(input)),
    }
  }

  /** The definition key, which is from now on the id of a step in events. */
  async #identify(vertex: Vertex): Promise<Digest> {
    const key = await this.#keys.definition(vertex)
    if (this.#executor(vertex).uncached !== true) this.#ids.set(vertex, `${this.#options.idPrefix ?? ''}${key}`)
    return key
  }

  /**
   * Id for events. Sources may report something before their key is known, so they are numbered.
   */
  #idOf(vertex: Vertex): string {
    const id = this.#ids.get(vertex) ?? `${this.#options.idPrefix ?? ''}source-${this.#ids.size + 1}`
    this.#ids.set(vertex, id)
    return id
  }

  #context(vertex: Vertex): SolveContext {
    return {
      vertex: this.#idOf(vertex),
      signal: this.#signal,
      report: this.#reporter(vertex),
      compression: this.#options.compressionFor(vertex),
    }
  }

  /** Warnings of a step carry the line of its instruction. */
  #reporter({ range }: Vertex): Reporter {
    const { report } = this.#options
    if (range === undefined) return report
    return (event) => report(event.type === 'warning' ? { line: range.start.line, ...event } : event)
  }

  #executor(vertex: Vertex): OpExecutor<typeof vertex.op> {
    return findExecutor(this.#options.executors, vertex.op)
  }
}

/**
 * A hit by content may use equal layers of another image, published in another form. Layers of the
 * inputs' images replace them, so that an image does not depend on earlier builds. Layers made here
 * are not replaced: they may have one id and different times.
 */
function withImages(inputs: readonly Snapshot[], found: Snapshot): Snapshot {
  const published = inputs.flat().flatMap((layer) => (layer.origin ? [[layer.id, layer] as const] : []))
  if (published.length === 0) return found
  const known = new Map(published)
  return found.map((layer) => known.get(layer.id) ?? layer)
}
