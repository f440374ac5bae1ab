import type { Op, OpKind, OpOf } from '../graph/op.ts'
import type { Digest } from '@tsbuild/oci'
import type { Reporter } from '../progress/event.ts'
import type { Snapshot } from '../layer/layer.ts'

/** What an executor gets besides its op. */
export interface SolveContext {
  /** Id of the vertex, for events. */
  readonly vertex: string
  readonly signal: AbortSignal
  readonly report: Reporter
}

/** Does one kind of op. */
export interface OpExecutor<O extends Op> {
  /** Digest of everything but the inputs that decides the result. */
  key(op: O, context: SolveContext): Promise<Digest>
  /** Digest of what the op reads of input `index`; absent: the whole input counts. */
  inputDigest?(op: O, index: number, input: Snapshot, context: SolveContext): Promise<Digest> | undefined
  run(op: O, inputs: readonly Snapshot[], context: SolveContext): Promise<Snapshot>
  /** False for what is cheaper to do than to look up, or must not be remembered. Default true. */
  readonly cacheable?: boolean
}

export type OpExecutors = { readonly [K in OpKind]: OpExecutor<OpOf<K>> }
