import type { Dockerfile, Warning } from '../syntax/dockerfile.ts'

/** One lint rule that needs nothing but the parsed file. */
export interface Check {
  readonly rule: string
  /**
   * `stage`: reports about stages that are built; `file`: about all stages. `value`: like `stage`,
   * but its input can depend on variables or base images; without them it reports only what is
   * certain.
   */
  readonly scope: 'file' | 'stage' | 'value'
  /** Linear in the size of the file. */
  readonly run: (dockerfile: Dockerfile) => readonly Warning[]
}
