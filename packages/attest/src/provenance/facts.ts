/** Algorithm → lower-case hex digits. */
export type DigestSet = Readonly<Record<string, string>>

/** Something a build used that others can get too, by URI and digest. */
export interface Dependency {
  readonly uri: string
  readonly digest: DigestSet
}

/** A secret or an ssh agent that a step asked for. What it holds is known to nobody here. */
export interface Demand {
  readonly id: string
  readonly optional: boolean
}

/** What the caller asked for. */
export interface BuildRequest {
  /** Options under BuildKit's names for them, such as `target`, `build-arg:NAME` and `label:NAME`. */
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

/** How the steps came about and what became of them. */
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
  /** Step id → descriptors of the layers of the image up to its own; absent where there is no image. */
  readonly layers?: Readonly<Record<string, readonly unknown[]>>
}

/** Everything that can be told about a build, and which parts of it are all there is to tell. */
export interface ProvenanceFacts {
  /** Who vouches for the build; empty when the caller did not say. */
  readonly builderId: string
  /** Component → version. */
  readonly builderVersion: Readonly<Record<string, string>>
  /** `os/arch[/variant]` of the machine. */
  readonly builderPlatform: string
  readonly dependencies: readonly Dependency[]
  /** False where something was used that `dependencies` cannot name. */
  readonly dependenciesComplete: boolean
  /** Where the Dockerfile is: of a remote context, and its path there. */
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
  /** What differs each time; absent where the result shall not. */
  readonly run?: { readonly id: string; readonly startedOn: Date; readonly finishedOn: Date }
  readonly details?: BuildDetails
}
