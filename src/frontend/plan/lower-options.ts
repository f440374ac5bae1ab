import type { IgnoreMatcher } from '@tsbuild/dockerfile'
import type { Platform } from '@tsbuild/oci'
import type { Vertex } from '../../graph/vertex.ts'

/** What `--build-context name=…` stands for, parsed. */
export type NamedContext =
  /** A directory of the caller, known to the executor of `LocalOp` under the context's name. */
  | { readonly kind: 'local' }
  /** An image, as written behind `docker-image://`. */
  | { readonly kind: 'image'; readonly reference: string }
  /** An image in an OCI layout; `reference` is a tag or digest in it. */
  | { readonly kind: 'layout'; readonly directory: string; readonly reference: string }
  /** A git address with its fragment or query. */
  | { readonly kind: 'git'; readonly url: string }
  /** What is behind an http(s) URL, archive or not: one file, `context`. */
  | { readonly kind: 'http'; readonly url: string }
  /** Another stage of the same Dockerfile. */
  | { readonly kind: 'target'; readonly stage: string }

/** The main build context: the caller's directory `context`, a git repository, or something made already. */
export type MainContext = 'local' | { readonly kind: 'git'; readonly url: string } | { readonly kind: 'vertex'; readonly vertex: Vertex }

/** What lowering needs to know besides the Dockerfile. */
export interface LowerOptions {
  /** What the image shall run on. */
  readonly platform: Platform
  /** False when `platform` is only a default: then a base image for another platform decides. */
  readonly platformRequested: boolean
  /** What this machine is. */
  readonly buildPlatform: Platform
  /** Stage to build; default: the last. */
  readonly target?: string
  /** `--build-arg`. */
  readonly args: Readonly<Record<string, string>>
  /** `--label`: put over everything the Dockerfile says, without history. */
  readonly labels?: Readonly<Record<string, string>>
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
  /** A bill of materials is asked for, so that what the Dockerfile wants listed has to be made. Default false. */
  readonly scan?: boolean
  /** What is left out of the main context, for the linter. */
  readonly ignore?: IgnoreMatcher
}
