/** The size of a build, reported once, before its first step. */
export interface BuildStarted {
  readonly type: 'build-started'
  readonly time: number
  /** Number of different steps, which a build runs or finds in a cache. Sources do not count. */
  readonly steps: number
  /** `os/arch[/variant]` of each target. */
  readonly platforms: readonly string[]
  /** The steps, inputs before the steps that need them. Absent for more than a thousand. */
  readonly graph?: readonly StepOutline[]
}

/** A step that a build will run or find in a cache. */
export interface StepOutline extends Pick<StepFacts, 'vertex' | 'name'> {
  /** `vertex` of the steps and sources it is made from. */
  readonly inputs: readonly string[]
}

/** A step as its first event describes it. */
export interface StepFacts {
  /** `PlanStep.key` of a step; another text for a source, an output or a cache. */
  readonly vertex: string
  /** For people: `[build 2/5] RUN npm ci`. */
  readonly name: string
  /** Milliseconds since 1970. */
  readonly time: number
  /** Name or number of the stage of the Dockerfile. */
  readonly stage?: string
  /** Line of the instruction in the Dockerfile, from 1. */
  readonly line?: number
  /** `os/arch[/variant]` of the only target that needs the step. */
  readonly platform?: string
  /** `vertex` of the steps and sources it is made from; absent for outputs and caches. */
  readonly inputs?: readonly string[]
}

/** Beginning of the ids of uploads that run beside the steps of a build. */
export const uploadIds = 'output-layers-'

/** A push, pull or copy has ended: the destination has the whole image under its name. */
export interface ImageCopied {
  readonly type: 'image-copied'
  readonly vertex: string
  readonly time: number
  /** `pushed app:1.0`, as the call names the image. */
  readonly text: string
  readonly digest: string
  /** Bytes of the image; absent where its parts were not looked at. */
  readonly size?: number
  /** Bytes that moved. */
  readonly moved: number
  /** Bytes that the destination had. */
  readonly existing: number
  /** Bytes that were mounted from another repository of the registry. */
  readonly mounted?: number
  /** Bytes that were linked from another directory. */
  readonly linked?: number
  /** Milliseconds. */
  readonly duration: number
}

/**
 * Progress of a build. A stable, versioned contract: the JSON progress of the command line is this,
 * one object a line.
 */
export type BuildEvent =
  | BuildStarted
  | ({
      readonly type: 'vertex-started'
      /** For a step that no cache has: the first difference from its last run. */
      readonly reason?: string
    } & StepFacts)
  | ({
      readonly type: 'vertex-cached'
      /** The cache that had it; absent for the store of this machine. */
      readonly cache?: string
    } & StepFacts)
  /** Another build on this store does the step: its result will be taken. */
  | ({ readonly type: 'vertex-waiting' } & StepFacts)
  | {
      readonly type: 'vertex-finished'
      readonly vertex: string
      readonly time: number
      readonly error?: string
      readonly canceled?: true
    }
  | {
      readonly type: 'log'
      readonly vertex: string
      readonly stream: 'stdout' | 'stderr'
      readonly data: Uint8Array
      readonly time: number
    }
  /** Bytes moved: a pull, a push, an export. `id` tells transfers of one vertex apart. */
  | {
      readonly type: 'transfer'
      readonly vertex: string
      readonly id: string
      readonly done: number
      readonly total?: number
      /**
       * Reason why no byte moved: the destination has the content, or takes it over from another
       * repository or directory.
       */
      readonly skipped?: 'exists' | 'mounted' | 'linked'
    }
  | ImageCopied
  | {
      readonly type: 'warning'
      readonly code: string
      readonly message: string
      readonly line?: number
      readonly url?: string
    }

/**
 * Receives events. A step waits for the promise that it returns, so the output of RUN is read only
 * as fast as it is taken. The first error that it throws or rejects with ends the build, which
 * rejects with it.
 */
export type Reporter = (event: BuildEvent) => unknown
