import type { TreeNode } from '../support/write-tree.ts'

/** A call of `tsbuild` that has to fail. In texts, `{registry}` and the like stand for what `open-laboratory.ts` names so. */
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

/** Where a case takes place: directories of its own. */
export interface Place {
  /** The working directory. */
  readonly directory: string
  readonly store: string
}
