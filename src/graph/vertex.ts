import type { Range } from '@tsbuild/dockerfile'
import type { Op } from './op.ts'

/** Places for errors of a step: words of its instruction with unexpanded variables. */
export interface Written {
  /** Of a COPY, as in its op; of a download or a repository its address. */
  readonly sources?: readonly string[]
  readonly destination?: string
  /** Flags of RUN, as in its op. */
  readonly mounts?: readonly string[]
  /** The USER that RUN runs as. */
  readonly user?: Range
}

/**
 * A step of the build graph: an op and what it works on. Compared by identity; equal work is merged
 * by key.
 */
export interface Vertex {
  readonly op: Op
  readonly inputs: readonly Vertex[]
  /** For people: `[build 2/5] RUN npm ci`. */
  readonly name: string
  /**
   * Name of the stage it belongs to, or its index; absent for contexts and images.
   * `--no-cache-filter` looks at it.
   */
  readonly stage?: string
  /** Place in the Dockerfile. */
  readonly range?: Range
  readonly written?: Written
}
