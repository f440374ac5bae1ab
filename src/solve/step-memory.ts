import type { Digest } from '@tsbuild/oci'
import type { Vertex } from '../graph/vertex.ts'
import type { FilesRead } from './executor.ts'

/** Parts of a content key. */
export interface KeyParts {
  /** Of the op itself. */
  readonly own: Digest
  /** Of what it reads of each input, in order. */
  readonly read: readonly Digest[]
}

/** Everything that decided the result of a step, in a form that can be compared. */
export interface StepFacts extends KeyParts {
  /** Short digests of the parts of the op, by their names. */
  readonly facts?: ReadonlyMap<string, string>
  /** Of each input. */
  readonly inputs?: readonly InputFacts[]
}

/** An input, as far as it can be named. */
export interface InputFacts {
  /** Digest of a base image. */
  readonly image?: Digest
  /** Files that the step reads, where it does not read everything. */
  readonly files?: FilesRead
}

/**
 * Stores the facts about steps each time they are looked at, to explain later changes. Advisory:
 * never fails, may forget.
 */
export interface StepMemory {
  get(vertex: Vertex): Promise<StepFacts | undefined>
  put(vertex: Vertex, facts: StepFacts): Promise<void>
}
