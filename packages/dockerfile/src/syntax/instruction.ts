import type { DeviceRequest } from '../values/parse-device.ts'
import type { Range } from '@tsbuild/errors'

/** Fields of every instruction. */
export interface InstructionBase {
  /** The instruction with its continuation lines, without heredoc bodies. */
  readonly range: Range
  /** The keyword as written, for the casing rules. */
  readonly keyword: string
  /**
   * The whole instruction after continuations are joined and comments dropped, keyword included,
   * heredoc bodies excluded.
   */
  readonly source: string
  /** Text of the comment lines right above, without `#`, oldest first. */
  readonly comments: readonly string[]
}

/** A here-document of RUN, COPY or ADD. */
export interface Heredoc {
  readonly name: string
  /** False when any part of the delimiter was quoted: the body is literal. */
  readonly expand: boolean
  /** The body; `<<-` has stripped leading tabs already. Ends with a newline unless empty. */
  readonly content: string
  readonly stripTabs: boolean
  /** For `<<-`: the body with its tabs, as a shell gets it that reads the heredoc itself. */
  readonly raw?: string
}

/**
 * Exec form is an argument vector; shell form is text for SHELL, with the heredocs that hang on it.
 */
export type Command =
  | { readonly form: 'exec'; readonly args: readonly string[] }
  | {
      readonly form: 'shell'
      readonly text: string
      readonly heredocs: readonly Heredoc[]
      /** The heredoc of a `text` that is one heredoc word; its body is the script to run. */
      readonly script?: Heredoc
    }

/** A name with its value, both still unexpanded. */
export interface Pair {
  readonly name: string
  readonly value: string
}

/** Source of COPY and ADD: a path (or URL) as written, or a heredoc. */
export type CopySource =
  | { readonly kind: 'path'; readonly text: string }
  | { readonly kind: 'heredoc'; readonly heredoc: Heredoc }

interface CopyBase extends InstructionBase {
  /** In the order they are copied: paths as written, then heredocs. */
  readonly sources: readonly CopySource[]
  readonly destination: string
  readonly chown?: string
  readonly chmod?: string
  readonly link: boolean
  readonly exclude: readonly string[]
}

export interface FromInstruction extends InstructionBase {
  readonly kind: 'FROM'
  readonly image: string
  readonly platform?: string
  /** Lower-cased; `aliasAsWritten` keeps the case for the lint rule. */
  readonly alias?: string
  readonly aliasAsWritten?: string
  /** The `AS` keyword as written. */
  readonly asKeyword?: string
}
export interface RunInstruction extends InstructionBase {
  readonly kind: 'RUN'
  readonly command: Command
  /** Values of `--mount`, unexpanded; `parseMount` reads them. */
  readonly mounts: readonly string[]
  readonly network?: string
  readonly security?: string
  readonly devices: readonly DeviceRequest[]
}
export interface CopyInstruction extends CopyBase {
  readonly kind: 'COPY'
  readonly from?: string
  readonly parents: boolean
}
export interface AddInstruction extends CopyBase {
  readonly kind: 'ADD'
  readonly keepGitDir?: boolean
  readonly checksum?: string
  readonly unpack?: boolean
}
export interface EnvInstruction extends InstructionBase {
  readonly kind: 'ENV'
  readonly pairs: readonly Pair[]
  /** Written as `ENV name value`. */
  readonly legacy: boolean
}
export interface LabelInstruction extends InstructionBase {
  readonly kind: 'LABEL'
  readonly pairs: readonly Pair[]
  readonly legacy: boolean
}
export interface ArgInstruction extends InstructionBase {
  readonly kind: 'ARG'
  readonly args: readonly { readonly name: string; readonly value?: string }[]
}
export interface CmdInstruction extends InstructionBase {
  readonly kind: 'CMD'
  readonly command: Command
}
export interface EntrypointInstruction extends InstructionBase {
  readonly kind: 'ENTRYPOINT'
  readonly command: Command
}
export interface ShellInstruction extends InstructionBase {
  readonly kind: 'SHELL'
  readonly shell: readonly string[]
}
export interface HealthcheckInstruction extends InstructionBase {
  readonly kind: 'HEALTHCHECK'
  /** Absent for `HEALTHCHECK NONE`. */
  readonly check?: {
    readonly command: Command
    /** Nanoseconds; 0 inherits. */
    readonly interval: number
    readonly timeout: number
    readonly startPeriod: number
    readonly startInterval: number
    readonly retries: number
  }
}
export interface ExposeInstruction extends InstructionBase {
  readonly kind: 'EXPOSE'
  /** Sorted as strings, unexpanded. */
  readonly ports: readonly string[]
}
export interface VolumeInstruction extends InstructionBase {
  readonly kind: 'VOLUME'
  readonly paths: readonly string[]
}
export interface UserInstruction extends InstructionBase {
  readonly kind: 'USER'
  readonly user: string
}
export interface WorkdirInstruction extends InstructionBase {
  readonly kind: 'WORKDIR'
  readonly path: string
}
export interface StopsignalInstruction extends InstructionBase {
  readonly kind: 'STOPSIGNAL'
  readonly signal: string
}
export interface MaintainerInstruction extends InstructionBase {
  readonly kind: 'MAINTAINER'
  readonly name: string
}
export interface OnbuildInstruction extends InstructionBase {
  readonly kind: 'ONBUILD'
  /** The trigger as it is stored in the config: instruction text with heredoc bodies. */
  readonly expression: string
}

/** One Dockerfile instruction, values unexpanded. */
export type Instruction =
  | FromInstruction
  | RunInstruction
  | CopyInstruction
  | AddInstruction
  | EnvInstruction
  | LabelInstruction
  | ArgInstruction
  | CmdInstruction
  | EntrypointInstruction
  | ShellInstruction
  | HealthcheckInstruction
  | ExposeInstruction
  | VolumeInstruction
  | UserInstruction
  | WorkdirInstruction
  | StopsignalInstruction
  | MaintainerInstruction
  | OnbuildInstruction
