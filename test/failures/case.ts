import type { TreeNode } from '../support/write-tree.ts'

/**
 * A call of `tsbuild` that has to fail. In texts, `{registry}` and the like are replaced by values
 * of `laboratory.ts`.
 */
export interface FailureCase {
  /** Kebab-case: the recorded text is `expected/AREA/NAME.txt`. */
  readonly name: string
  /** Words after `tsbuild`. Default: `build .` */
  readonly args?: readonly string[]
  /** `Dockerfile` in the working directory; none without it. */
  readonly dockerfile?: string
  /** Other files of the working directory. */
  readonly files?: Readonly<Record<string, TreeNode>>
  readonly env?: Readonly<Record<string, string>>
  /** Text on standard input. */
  readonly input?: string
  /** Standard output is a terminal. */
  readonly terminal?: boolean
  /** A step runs a program of the base image. */
  readonly runs?: boolean
  /** A program the machine must have. */
  readonly needs?: string
  /** Changes the store or the working directory before the call. */
  readonly prepare?: (place: Place) => Promise<void>
}

/** Directories of a case. */
export interface Place {
  /** The working directory. */
  readonly directory: string
  readonly store: string
}
