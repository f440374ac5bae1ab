/** Algorithm → lower-case hex digits. */
export type DigestSet = Readonly<Record<string, string>>

/** Something a build used that others can get too, by URI and digest. */
export interface Dependency {
  readonly uri: string
  readonly digest: DigestSet
}

/** Secret or SSH agent that a step requested. Its content never gets here. */
export interface Demand {
  readonly id: string
  readonly optional: boolean
}

/** Request of the caller. */
export interface BuildRequest {
  /**
   * Options under BuildKit's names for them, such as `target`, `build-arg:NAME` and `label:NAME`.
   */
  readonly args: Readonly<Record<string, string>>
  readonly secrets: readonly Demand[]
  readonly ssh: readonly Demand[]
  /** Names of directories of the caller that were read. */
  readonly locals: readonly string[]
}

/** One step of the build graph. */
export interface BuildStep {
  /** `step0`, `step1`, … : inputs come before what uses them. */
  readonly id: string
  /** A JSON value. */
  readonly op: unknown
  /** `step0:0`: the result of a step. */
  readonly inputs: readonly string[]
}

/** Steps of a build and their results. */
export interface BuildDetails {
  readonly steps: readonly BuildStep[]
  /** Digest of a step's definition → its id. */
  readonly digests: Readonly<Record<string, string>>
  readonly source: {
    readonly filename: string
    readonly text: string
    /** Step id → numbers of the lines it comes from, first and last. */
    readonly lines: Readonly<Record<string, readonly [first: number, last: number]>>
  }
  /**
   * Step id → descriptors of the layers of the image up to its own; absent where there is no image.
   */
  readonly layers?: Readonly<Record<string, readonly unknown[]>>
}

/** Facts about a build, and the parts that are complete. */
export interface ProvenanceFacts {
  /** Identity of the builder; empty when the caller gave none. */
  readonly builderId: string
  /** Component → version. */
  readonly builderVersion: Readonly<Record<string, string>>
  /** `os/arch[/variant]` of the machine. */
  readonly builderPlatform: string
  readonly dependencies: readonly Dependency[]
  /** False where something was used that `dependencies` cannot name. */
  readonly dependenciesComplete: boolean
  /** Path of the Dockerfile in a remote context, and the context. */
  readonly configSource: { readonly uri?: string; readonly digest?: DigestSet; readonly path?: string }
  readonly request: BuildRequest
  /** False where `request` leaves something out. */
  readonly requestComplete: boolean
  /** A step could reach the network. */
  readonly networkAccess: boolean
  /** The caller's word for it. */
  readonly reproducible: boolean
  /** `revision`, `source`, `localdir:NAME` of the caller's working tree. */
  readonly vcs: Readonly<Record<string, string>>
  /** Values that differ for each build; absent where the result must be reproducible. */
  readonly run?: { readonly id: string; readonly startedOn: Date; readonly finishedOn: Date }
  readonly details?: BuildDetails
}
