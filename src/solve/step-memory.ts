import type { Digest } from '@tsbuild/oci'
import type { Vertex } from '../graph/vertex.ts'

/** Parts of a content key. */
export interface KeyParts {
  /** Of the op itself. */
  readonly own: Digest
  /** Of what it reads of each input, in order. */
  readonly read: readonly Digest[]
}

/**
 * Remembers what the keys of steps were made of when they were last looked at, to tell later what
 * changed. Advisory: never fails, may forget.
 */
export interface StepMemory {
  get(vertex: Vertex): Promise<KeyParts | undefined>
  put(vertex: Vertex, parts: KeyParts): Promise<void>
}

/**
 * Difference between two runs of one step. `none`: its result must be missing; `unknown`: this is
 * the first run.
 */
export type StepChange =
  | { readonly kind: 'own' }
  | { readonly kind: 'input'; readonly index: number }
  | { readonly kind: 'none' }
  | { readonly kind: 'unknown' }

/** Tells the first difference; an op that changed comes before inputs that did. */
export function changeSince(last: KeyParts | undefined, now: KeyParts): StepChange {
  if (last === undefined) return { kind: 'unknown' }
  if (last.own !== now.own || last.read.length !== now.read.length) return { kind: 'own' }
  const index = now.read.findIndex((digest, at) => digest !== last.read[at])
  return index < 0 ? { kind: 'none' } : { kind: 'input', index }
}
