import type { IgnoreMatcher } from '@tsbuild/dockerfile'
import type { Platform } from '@tsbuild/oci'
import type { Vertex } from '../../graph/vertex.ts'

/** Parsed value of `--build-context name=…`. */
export type NamedContext =
  /** A directory of the caller, known to the executor of `LocalOp` under the context's name. */
  | { readonly kind: 'local' }
  /** An image, as written behind `docker-image://`. */
  | { readonly kind: 'image'; readonly reference: string }
  /** An image in an OCI layout; `reference` is a tag or digest in it. */
  | { readonly kind: 'layout'; readonly directory: string; readonly reference: string }
  /** A git address with its fragment or query. */
  | { readonly kind: 'git'; readonly url: string }
  /** Content of an http(s) URL as one file, `context`, also when it is an archive. */
  | { readonly kind: 'http'; readonly url: string }
  /** Another stage of the same Dockerfile. */
  | { readonly kind: 'target'; readonly stage: string }

/**
 * The main build context: the caller's directory `context`, a git repository, or something made
 * already.
 */
export type MainContext =
  | 'local'
  | { readonly kind: 'git'; readonly url: string }
  | { readonly kind: 'vertex'; readonly vertex: Vertex }

/** Input of lowering besides the Dockerfile. */
export interface LowerOptions {
  /** Platform of the image. */
  readonly platform: Platform
  /** False when `platform` is only a default: then a base image for another platform decides. */
  readonly platformRequested: boolean
  /** Platform of this machine. */
  readonly buildPlatform: Platform
  /** Stage to build; default: the last. */
  readonly target?: string
  /** `--build-arg`. */
  readonly args: Readonly<Record<string, string>>
  /** `--label`: put over everything the Dockerfile says, without history. */
  readonly labels?: Readonly<Record<string, string>>
  /** Labels to remove, before `labels` are set. */
  readonly unsetLabels?: readonly string[]
  /** Variables of the image's config, which RUN does not see. */
  readonly imageEnv?: Readonly<Record<string, string>>
  /** Variables to remove from the config, before `imageEnv` is set. */
  readonly unsetEnv?: readonly string[]
  /** Layers to join into one: those of the build, or also those of its base image. */
  readonly squash?: 'new' | 'all'
  readonly contexts: Readonly<Record<string, NamedContext>>
  /** For RUN without `--network`. */
  readonly network?: 'default' | 'host' | 'private' | 'none'
  /** `host:ip`. */
  readonly addHosts?: readonly string[]
  /** Bytes. */
  readonly shmSize?: number
  readonly ulimits?: readonly string[]
  readonly hostname?: string
  /** SOURCE_DATE_EPOCH, in seconds: the date of the image and of what WORKDIR makes. */
  readonly epoch?: number
  /** In seconds: no file of a new layer is later. */
  readonly fileEpoch?: number
  /** Grants: `network.host`, `security.insecure`; others are not for lowering. */
  readonly allow: readonly string[]
  readonly mainContext: MainContext
  /**
   * True for a build with a bill of materials: the stages that the Dockerfile wants listed are
   * needed too. Default false.
   */
  readonly scan?: boolean
  /** Rules of tsbuild's own to check, or sets of them. */
  readonly advice?: readonly string[]
  /** Paths excluded from the main context, for the linter. */
  readonly ignore?: IgnoreMatcher
}
