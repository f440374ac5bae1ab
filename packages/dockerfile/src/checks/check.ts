import type { Dockerfile, Warning } from '../syntax/dockerfile.ts'

/** One lint rule that needs nothing but the parsed file. */
export interface Check {
  readonly rule: string
  /**
   * `stage`: it tells of stages that are built; `file`: of all, built or not. `value`: like `stage`, but what it looks at can depend on
   * variables or base images; without them it tells only what is certain.
   */
  readonly scope: 'file' | 'stage' | 'value'
  /** Linear in the size of the file. */
  readonly run: (dockerfile: Dockerfile) => readonly Warning[]
}
