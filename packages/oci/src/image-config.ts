import type { Digest } from './digest.ts'
import type { Platform } from './platform.ts'

/** A health check as Docker stores it. Durations are nanoseconds. */
export interface HealthConfig {
  readonly Test?: readonly string[]
  readonly Interval?: number
  readonly Timeout?: number
  readonly StartPeriod?: number
  readonly StartInterval?: number
  readonly Retries?: number
}

/**
 * Execution defaults of an image (image-spec, config.md § Properties, with Docker's additions). A
 * parsed one also carries the members its document had beyond these; a spread keeps them and
 * `encodeImageConfig` writes them back.
 */
export interface ContainerConfig {
  readonly User?: string
  readonly ExposedPorts?: Readonly<Record<string, Record<string, never>>>
  readonly Env?: readonly string[]
  readonly Entrypoint?: readonly string[]
  readonly Cmd?: readonly string[]
  readonly Volumes?: Readonly<Record<string, Record<string, never>>>
  readonly WorkingDir?: string
  readonly Labels?: Readonly<Record<string, string>>
  readonly StopSignal?: string
  readonly ArgsEscaped?: boolean
  readonly Healthcheck?: HealthConfig
  readonly OnBuild?: readonly string[]
  readonly Shell?: readonly string[]
}

/** One step of an image's history, oldest first. */
export interface HistoryEntry {
  readonly created?: string
  readonly created_by?: string
  readonly author?: string
  readonly comment?: string
  /** The step made no layer. */
  readonly empty_layer?: boolean
}

/** The image configuration (image-spec, config.md). Unknown top-level keys are kept in `extra`. */
export interface ImageConfig extends Platform {
  /** RFC 3339, as every time in here. */
  readonly created?: string
  readonly author?: string
  readonly config?: ContainerConfig
  readonly rootfs: { readonly type: 'layers'; readonly diff_ids: readonly Digest[] }
  readonly history?: readonly HistoryEntry[]
  readonly extra?: Readonly<Record<string, unknown>>
}

/** The members of an image configuration that have a field of their own. */
export const imageConfigKeys: ReadonlySet<string> = new Set([
  'architecture',
  'author',
  'config',
  'created',
  'history',
  'os',
  'os.features',
  'os.version',
  'rootfs',
  'variant',
])

/**
 * The members of a container configuration that have a field of their own, in the order Docker's
 * struct has them.
 */
export const containerConfigKeys: readonly (keyof ContainerConfig)[] = [
  'User',
  'ExposedPorts',
  'Env',
  'Entrypoint',
  'Cmd',
  'Volumes',
  'WorkingDir',
  'Labels',
  'StopSignal',
  'ArgsEscaped',
  'Healthcheck',
  'OnBuild',
  'Shell',
]
