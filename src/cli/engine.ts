import type { LoweredTarget } from '../frontend/lowered.ts'
import type { BuildOptions, BuildResult, Plan } from '../options.ts'
import type { LocalStore } from '../store/local-store.ts'

/** Answer to `--call`: for people, for programs, and whether the exit code is to be 1. */
export interface CallAnswer {
  /** Ends with a newline unless empty. */
  readonly text: string
  /** A JSON document. */
  readonly json: unknown
  readonly failed: boolean
}

/** One rung of the isolation ladder, best first. */
export interface RungReport {
  readonly name: string
  readonly available: boolean
  /** Why not, or what is lost on it. */
  readonly reason?: string
  /** What would make it available. */
  readonly hint?: string
}

/** What `tsbuild doctor` tells. */
export interface Diagnosis {
  readonly rungs: readonly RungReport[]
  /** Name of the rung RUN would use; absent when there is none. */
  readonly chosen?: string
  /** Further facts, in the order to print: store directory, kernel, tools found. */
  readonly facts: readonly (readonly [name: string, value: string])[]
}

/** What nearly every call below the command line takes. */
export interface EngineOptions {
  /** Directory of the store; default as in `BuildOptions.root`. */
  readonly root?: string
  readonly signal: AbortSignal
}

/** The functions under the commands. The command line adds words and colours to them, nothing else. */
export interface Engine {
  build(options: BuildOptions): Promise<BuildResult>
  plan(options: BuildOptions): Promise<Plan>
  /** What the Dockerfile means, one target for each platform, nothing executed. */
  lower(options: BuildOptions): Promise<readonly LoweredTarget[]>
  call(request: 'check' | 'outline' | 'targets', options: BuildOptions): Promise<CallAnswer>
  diagnose(options: EngineOptions): Promise<Diagnosis>
  openStore(options: EngineOptions): Promise<LocalStore>
  /** Rejects with a `REGISTRY_…` code when the registry does not take the credential. */
  checkCredential(request: {
    readonly registry: string
    readonly username: string
    readonly password: string
    readonly insecure: boolean
    readonly signal: AbortSignal
  }): Promise<void>
}
