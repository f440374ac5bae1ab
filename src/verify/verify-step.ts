import { codeOf } from '@tsbuild/errors'
import type { Digest } from '@tsbuild/oci'
import { compareDiffs, listingDigest, type PathDifference } from '@tsbuild/tree'
import type { Vertex } from '../graph/vertex.ts'
import type { Layer, Snapshot } from '../layer/layer.ts'
import type { CacheStore } from '../solve/cache-store.ts'
import type { OpExecutors, SolveContext } from '../solve/executor.ts'
import { once } from '../solve/once.ts'
import type { FoundStep } from '../solve/step-events.ts'
import { findExecutor } from '../solve/vertex-keys.ts'

/** Comparison of a cached result with a new one. */
export type Verdict =
  /** Equal, but for the times of some files. */
  | { readonly kind: 'same'; readonly times: number }
  /** `damaged`: the files are equal, but the record says otherwise. */
  | { readonly kind: 'different'; readonly paths: readonly PathDifference[]; readonly damaged?: true }
  /** The command fails now. */
  | { readonly kind: 'failed'; readonly reason: string }
  /** The step could not be done again, or not under the same conditions. */
  | { readonly kind: 'unknown'; readonly reason: string }

export interface StepVerifierOptions {
  readonly executors: OpExecutors
  readonly cache: CacheStore
  readonly keys: {
    definitionKey(vertex: Vertex): Promise<Digest>
    contentKey(vertex: Vertex, inputs: readonly Snapshot[]): Promise<Digest>
  }
  readonly signal: AbortSignal
  contextOf(vertex: Vertex): SolveContext
}

/**
 * Does cached steps again and compares. The results are used for nothing else, and the records stay
 * as they are.
 */
export class StepVerifier {
  readonly #options: StepVerifierOptions
  readonly #inputs = new Map<Vertex, Promise<Snapshot | undefined>>()

  constructor(options: StepVerifierOptions) {
    this.#options = options
  }

  /** Rejects only when the signal is aborted. */
  async verify(step: FoundStep): Promise<Verdict> {
    try {
      return await this.#verify(step)
    } catch (error) {
      this.#options.signal.throwIfAborted()
      const reason = error instanceof Error ? error.message : String(error)
      return { kind: codeOf(error, 'INTERNAL') === 'RUN_FAILED' ? 'failed' : 'unknown', reason }
    }
  }

  async #verify({ vertex, key }: FoundStep): Promise<Verdict> {
    const { cache, keys, executors, contextOf } = this.#options
    const hit = await cache.get(key)
    const recorded = hit?.snapshot.at(-1)
    if (hit === undefined || recorded === undefined)
      return { kind: 'unknown', reason: 'only the result of a later step is in the cache' }
    const [, ...others] = vertex.inputs
    const known = await Promise.all(others.map((input) => this.#find(input)))
    const missing = others.find((_, index) => known[index] === undefined)
    if (missing !== undefined)
      return { kind: 'unknown', reason: `it needs the result of ${missing.name}, which is not in the cache` }
    // The step adds one layer to its first input. Its record has the input that it was made on;
    // another build may have made that anew.
    const inputs = [hit.snapshot.slice(0, -1), ...known.flatMap((input) => (input ? [input] : []))]
    if (hit.content !== undefined && hit.content !== (await keys.contentKey(vertex, inputs)))
      return { kind: 'unknown', reason: 'its record is about other inputs than those in the cache' }
    const made = (await findExecutor(executors, vertex.op).run(vertex.op, inputs, contextOf(vertex))).at(-1)
    return made === undefined ? { kind: 'unknown', reason: 'it made no layer' } : compareLayers(recorded, made)
  }

  /** Result of a vertex without running a step; undefined where no cache has it. */
  #find(vertex: Vertex): Promise<Snapshot | undefined> {
    const { cache, keys, executors, contextOf } = this.#options
    return once(this.#inputs, vertex, async () => {
      const executor = findExecutor(executors, vertex.op)
      if (executor.uncached !== true) return (await cache.get(await keys.definitionKey(vertex)))?.snapshot
      const known = await Promise.all(vertex.inputs.map((input) => this.#find(input)))
      const inputs = known.flatMap((input) => (input ? [input] : []))
      return inputs.length === known.length ? executor.run(vertex.op, inputs, contextOf(vertex)) : undefined
    })
  }
}

async function compareLayers(recorded: Layer, made: Layer): Promise<Verdict> {
  const [before, after] = [await recorded.diff(), await made.diff()]
  const [claimed, real, now] = [recorded.id, listingDigest(before), listingDigest(after)]
  const paths = compareDiffs(before, after)
  if (real !== now) return { kind: 'different', paths: paths.filter((path) => !isTimeOnly(path)) }
  return claimed === real ? { kind: 'same', times: paths.length } : { kind: 'different', paths: [], damaged: true }
}

function isTimeOnly({ kinds }: PathDifference): boolean {
  return kinds.every((kind) => kind === 'time')
}
