import type { Digest } from '@tsbuild/oci'
import type { Op } from '../graph/op.ts'
import type { Vertex } from '../graph/vertex.ts'
import { walk } from '../graph/walk.ts'
import type { Snapshot } from '../layer/layer.ts'
import type { OpExecutor, OpExecutors, SolveContext } from './executor.ts'
import { keyOf } from './key.ts'
import { stepError } from './step-error.ts'
import type { KeyParts } from './step-memory.ts'

/**
 * The executor of an op. The one place where a table look-up loses the connection between kind and
 * type.
 */
export function findExecutor(executors: OpExecutors, op: Op): OpExecutor<Op> {
  return executors[op.kind]
}

/** The two keys of every vertex. */
export class VertexKeys {
  readonly #executors: OpExecutors
  readonly #makeContext: (vertex: Vertex) => SolveContext
  readonly #definitions = new Map<Vertex, Promise<Digest>>()
  readonly #walked = new Set<Vertex>()

  constructor(executors: OpExecutors, makeContext: (vertex: Vertex) => SolveContext) {
    this.#executors = executors
    this.#makeContext = makeContext
  }

  /**
   * Chains the keys of the ops: equal on every machine whenever everything that decides the result
   * is equal.
   */
  async definition(vertex: Vertex): Promise<Digest> {
    // Inputs first, without recursion: a Dockerfile may chain more steps than the call stack holds.
    walk(vertex, (next) => this.#definitions.set(next, this.#define(next)), this.#walked)
    return await (this.#definitions.get(vertex) ?? this.#define(vertex))
  }

  async #define(vertex: Vertex): Promise<Digest> {
    const known = vertex.inputs.flatMap((input) => this.#definitions.get(input) ?? [])
    const [own, ...inputs] = await Promise.all([this.#own(vertex), ...known])
    return keyOf('definition', { kind: vertex.op.kind, own, inputs })
  }

  /** Parts of the content key: contents of the inputs, as far as the op reads them. */
  async parts(vertex: Vertex, inputs: readonly Snapshot[]): Promise<KeyParts> {
    const executor = findExecutor(this.#executors, vertex.op)
    const [own, ...read] = await Promise.all([
      this.#own(vertex),
      ...inputs.map(async (input, index) => {
        const read = executor
          .inputDigest?.(vertex.op, index, input)
          .catch((error: unknown) => Promise.reject(stepError(vertex, error)))
        return (await read) ?? snapshotKey(input)
      }),
    ])
    return { own, read }
  }

  async #own(vertex: Vertex): Promise<Digest> {
    try {
      return await findExecutor(this.#executors, vertex.op).key(vertex.op, this.#makeContext(vertex))
    } catch (error) {
      throw stepError(vertex, error)
    }
  }
}

/** The content key of a vertex. */
export function contentKey({ op }: Vertex, { own, read }: KeyParts): Digest {
  return keyOf('content', { kind: op.kind, own, read })
}

function snapshotKey(snapshot: Snapshot): Digest {
  return keyOf(
    'snapshot',
    snapshot.map((layer) => layer.id),
  )
}
