import type { Digest } from '@tsbuild/oci'
import type { Vertex } from '../graph/vertex.ts'
import { walk } from '../graph/walk.ts'
import type { Snapshot } from '../layer/layer.ts'
import type { StepOutline } from '../progress/event.ts'
import type { CacheStore } from './cache-store.ts'
import type { OpExecutor, SolveContext } from './executor.ts'
import { once } from './once.ts'
import type { StepClaim, StepClaims, StepResult } from './step-claims.ts'
import { type FoundStep, StepEvents, type StepEventsOptions } from './step-events.ts'
import { stepError } from './step-error.ts'
import { changeSince, explainChange } from './step-change.ts'
import { stepFacts } from './step-facts.ts'
import type { KeyParts, StepMemory } from './step-memory.ts'
import { contentKey, findExecutor, VertexKeys } from './vertex-keys.ts'

export interface SolverOptions extends StepEventsOptions {
  readonly cache: CacheStore
  readonly memory: StepMemory
  readonly claims: StepClaims
  readonly signal: AbortSignal
  /** Form in which the layer of this vertex will be needed. */
  compressionFor(vertex: Vertex): SolveContext['compression']
  /** True for vertices that must be done although a record may exist. */
  ignoreCache(vertex: Vertex): boolean
  /** Called with each file system as soon as it is known, perhaps more than once. Never throws. */
  onSolved?(vertex: Vertex, snapshot: Snapshot): void
  /** Called before a step runs. Never throws. */
  onRun?(): void
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
 * Otherwise inputs are solved and the content key is looked up: a rebuilt input with unchanged
 * bytes stops the rebuild there (early cutoff). Vertices that are different objects but have one
 * definition key are done once. The first failure aborts the rest.
 */
export class Solver {
  readonly #options: SolverOptions
  readonly #keys: VertexKeys
  readonly #events: StepEvents
  readonly #abort = new AbortController()
  readonly #signal: AbortSignal
  readonly #byDefinition = new Map<Digest, Promise<Snapshot>>()
  readonly #byContent = new Map<Digest, Promise<Snapshot>>()
  readonly #forced = new Set<Vertex>()
  readonly #decided = new Set<Vertex>()
  readonly #executed = new Set<Digest>()
  readonly #records: Promise<void>[] = []
  #run = 0

  constructor(options: SolverOptions) {
    this.#options = options
    this.#keys = new VertexKeys(options.executors, (vertex) => this.#context(vertex))
    this.#events = new StepEvents(options, this.#keys)
    this.#signal = AbortSignal.any([options.signal, this.#abort.signal])
  }

  get counts(): SolveCounts {
    return { cached: this.#events.found.length, run: this.#run }
  }

  /**
   * Steps whose results came from a cache, including the inputs of such steps. Complete after
   * solving.
   */
  get found(): readonly FoundStep[] {
    return this.#events.found
  }

  /** File system of `vertex`. Rejects with the error of the first vertex that failed. */
  async solve(vertex: Vertex): Promise<Snapshot> {
    try {
      const key = await this.#events.identify(vertex)
      const snapshot = await once(
        this.#byDefinition,
        key,
        async () => (await this.#lookUp(vertex, key)) ?? (await this.#make(vertex, key)),
      )
      this.#options.onSolved?.(vertex, snapshot)
      return snapshot
    } catch (error) {
      this.#abort.abort(error)
      throw this.#signal.reason
    }
  }

  /**
   * The different steps of some targets, inputs first. Undefined if a key cannot be computed. The
   * cache learns their keys, so that the look-ups of the build can go out together.
   */
  async outlineSteps(targets: readonly Vertex[]): Promise<readonly StepOutline[] | undefined> {
    const steps: Vertex[] = []
    const seen = new Set<Vertex>()
    for (const target of targets)
      walk(target, (vertex) => void (this.#executor(vertex).uncached === true || steps.push(vertex)), seen)
    // The error is that of `solve`, which computes the same keys.
    const keys = await Promise.all(steps.map((step) => this.#keys.definition(step))).catch(() => undefined)
    if (keys === undefined) return undefined
    const distinct = new Map(keys.map((key, index) => [key, steps[index]]))
    this.#options.cache.expect?.([...distinct.keys()])
    return Promise.all([...distinct.values()].flatMap((step) => (step === undefined ? [] : this.#events.outline(step))))
  }

  /** Equal on every machine whenever everything that decides the result is equal. */
  definitionKey(vertex: Vertex): Promise<Digest> {
    return this.#keys.definition(vertex)
  }

  /** Content key of a step that has these inputs. */
  async contentKey(vertex: Vertex, inputs: readonly Snapshot[]): Promise<Digest> {
    return contentKey(vertex, await this.#keys.parts(vertex, inputs))
  }

  /** The key of a step, and if its result came from a cache. Call it after solving. */
  async outcome(vertex: Vertex): Promise<{ readonly key: Digest; readonly cached: boolean }> {
    const key = await this.#keys.definition(vertex)
    return { key, cached: !this.#executed.has(key) }
  }

  /** Resolved source. Undefined for a fixed source, and for other ops. */
  async pin(vertex: Vertex): Promise<string | undefined> {
    return this.#executor(vertex).pin?.(vertex.op, this.#context(vertex))
  }

  /**
   * Waits until all results are in the cache. Call it after solving has ended, also after a
   * failure.
   */
  async finish(): Promise<void> {
    await Promise.allSettled(this.#records)
    await Promise.all(this.#records)
  }

  async #lookUp(vertex: Vertex, key: Digest): Promise<Snapshot | undefined> {
    return this.#executor(vertex).uncached || this.#mustDo(vertex) ? undefined : this.#find(vertex, key)
  }

  async #find(vertex: Vertex, key: Digest): Promise<Snapshot | undefined> {
    const hit = await this.#options.cache.get(key)
    if (hit === undefined) return undefined
    const { cache, snapshot, content } = hit
    await this.#events.cached(vertex, cache, (input) => this.#byDefinition.has(input))
    // The store records a result of another cache. The bytes stay there until they are needed.
    if (cache !== undefined) void this.#record(key, snapshot, content)
    return snapshot
  }

  async #make(vertex: Vertex, definitionKey: Digest): Promise<Snapshot> {
    const inputs = await Promise.all(vertex.inputs.map((input) => this.solve(input)))
    this.#signal.throwIfAborted()
    if (this.#executor(vertex).uncached) return this.#execute(vertex, inputs)
    const parts = await this.#keys.parts(vertex, inputs)
    const key = contentKey(vertex, parts)
    const reason = await this.#reasonFor(vertex, inputs, parts)
    const snapshot = await this.#makeByContent(vertex, { key, reason }, inputs)
    void this.#record(definitionKey, snapshot, key)
    return snapshot
  }

  /** Reason why a step without a hit by definition key may have to run. Records its facts. */
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
    const run = async (): Promise<Snapshot> => {
      this.#run += 1
      this.#options.onRun?.()
      return this.#execute(vertex, inputs, reason)
    }
    const found = await once(this.#byContent, key, async () => {
      if (!this.#options.ignoreCache(vertex))
        return (await this.#find(vertex, key)) ?? (await this.#makeAlone(vertex, key, run))
      const made = await run()
      void this.#record(key, made)
      return made
    })
    return withImages(inputs, found)
  }

  /**
   * Makes a step unless another build is doing that: then waits and takes its result. The claim is
   * held only while the step runs and its record is written. Both wait for no other claim, so
   * builds cannot wait for each other.
   */
  async #makeAlone(vertex: Vertex, key: Digest, run: () => Promise<Snapshot>): Promise<Snapshot> {
    const claim = await this.#claim(vertex, key)
    let recorded: Promise<void> | undefined
    let result: StepResult | undefined
    try {
      const known = await this.#find(vertex, key)
      if (known !== undefined) return known
      const snapshot = await run()
      result = { snapshot, compression: this.#options.compressionFor(vertex) }
      recorded = this.#record(key, snapshot)
      return snapshot
    } catch (error) {
      await claim?.release(this.#signal.aborted ? undefined : 'failed')
      throw error
    } finally {
      const released = Promise.allSettled([recorded]).then(() => claim?.release(result))
      this.#records.push(released)
    }
  }

  async #claim(vertex: Vertex, key: Digest): Promise<StepClaim | undefined> {
    const { claims } = this.#options
    let isWaiting = false
    const onWait = async (): Promise<void> => {
      isWaiting = true
      await this.#events.waiting(vertex)
    }
    try {
      return await claims.take(key, { signal: this.#signal, onWait })
    } catch (error) {
      if (isWaiting) await this.#events.finished(vertex, { canceled: true })
      throw error
    }
  }

  /** Writing a record writes the layer, which need not hold up the steps that do not read it. */
  #record(key: Digest, snapshot: Snapshot, content?: Digest): Promise<void> {
    const recorded = this.#options.cache.put(key, snapshot, content)
    recorded.catch((error: unknown) => this.#abort.abort(error))
    this.#records.push(recorded)
    return recorded
  }

  async #execute(vertex: Vertex, inputs: readonly Snapshot[], reason?: string): Promise<Snapshot> {
    await this.#events.started(vertex, reason)
    try {
      const snapshot = await this.#executor(vertex).run(vertex.op, inputs, this.#context(vertex))
      this.#executed.add(await this.#keys.definition(vertex))
      await this.#events.finished(vertex)
      return snapshot
    } catch (error) {
      if (this.#signal.aborted) {
        await this.#events.finished(vertex, { canceled: true })
        throw error
      }
      await this.#events.finished(vertex, { error: error instanceof Error ? error.message : String(error) })
      throw stepError(vertex, error)
    }
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

  #context(vertex: Vertex): SolveContext {
    return {
      vertex: this.#events.idOf(vertex),
      signal: this.#signal,
      report: this.#events.reporter(vertex),
      compression: this.#options.compressionFor(vertex),
      fresh: this.#options.ignoreCache(vertex),
    }
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
