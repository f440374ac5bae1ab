import type { Compression } from '@tsbuild/content'
import type { Digest } from '@tsbuild/oci'
import type { Op, OpKind, OpOf } from '../graph/op.ts'
import type { Snapshot } from '../layer/layer.ts'
import type { Reporter } from '../progress/event.ts'
import type { KeyPart } from './key.ts'

/** Context in which an executor works on its op. */
export interface SolveContext {
  /** Id of the vertex, for events. */
  readonly vertex: string
  readonly signal: AbortSignal
  readonly report: Reporter
  /** Form in which its layer will be needed. */
  readonly compression: Compression
  /** True for a step that must be done although a result may be known. */
  readonly fresh?: boolean
}

/** Content and metadata of files, each as a short text that differs when they do. */
export type FilesRead = ReadonlyMap<string, readonly [content: string, metadata: string]>

/** Does one kind of op. */
export interface OpExecutor<O extends Op> {
  /** Digest of everything but the inputs that decides the result. */
  key(op: O, context: SolveContext): Promise<Digest>
  /**
   * Digest of the files that the op reads of input `index`. Undefined if the whole input counts.
   */
  inputDigest?(op: O, index: number, input: Snapshot): Promise<Digest | undefined>
  run(op: O, inputs: readonly Snapshot[], context: SolveContext): Promise<Snapshot>
  /**
   * Parts of the key by name, to explain why a step runs. "changed" can follow each name in a
   * sentence.
   */
  facts?(op: O): Readonly<Record<string, KeyPart>>
  /** Files that the op reads of input `index`, by path. Undefined if the whole input counts. */
  filesRead?(op: O, index: number, input: Snapshot): Promise<FilesRead | undefined>
  /** Resolved value of an op that names something that can change: a commit, a digest. */
  pin?(op: O, context: SolveContext): Promise<string>
  /** True for an op that is cheaper to do again than to look up. */
  readonly uncached?: boolean
}

export type OpExecutors = { readonly [K in OpKind]: OpExecutor<OpOf<K>> }
