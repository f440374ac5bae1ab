import type { ArgInstruction, FromInstruction, Instruction } from './instruction.ts'
import type { Range } from '@tsbuild/errors'

/** Parser directives at the top of the file. */
export interface Directives {
  readonly syntax?: string
  readonly escape: '\\' | '`'
  /** Value of `# check=`. */
  readonly check?: string
}

/** One FROM and what follows it. */
export interface Stage {
  readonly index: number
  readonly from: FromInstruction
  /** Everything after FROM, in order. */
  readonly instructions: readonly Exclude<Instruction, FromInstruction>[]
}

/**
 * Something worth telling that does not stop the build. `rule` is the lint rule's name, as
 * BuildKit's.
 */
export interface Warning {
  readonly rule: string
  readonly message: string
  readonly range: Range
  readonly url?: string
}

/** A parsed Dockerfile: shape checked, nothing expanded. */
export interface Dockerfile {
  /** Name for messages, such as `Dockerfile`. */
  readonly name: string
  readonly text: string
  readonly directives: Directives
  /** ARGs before the first FROM. */
  readonly globalArgs: readonly ArgInstruction[]
  readonly stages: readonly Stage[]
  /** Found while parsing (empty continuation lines and the like). */
  readonly warnings: readonly Warning[]
}
