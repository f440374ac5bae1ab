import type { Digest } from '@tsbuild/oci'
import type { ReapiServer } from '../reapi/server-options.ts'
import type { AzureCacheTarget, BucketCacheSource, BucketCacheTarget, S3CacheTarget } from './bucket-options.ts'
import type { CacheWriteOptions, SharedWriteOptions, StepWriteOptions } from './cache-write-options.ts'

/** A cache in a registry, or an image there with an inline cache. */
export interface RegistryCacheSource {
  readonly kind: 'registry'
  /** Reference with a tag or a digest. */
  readonly ref: string
  /** Allow plain HTTP or unverified TLS. Default: false. */
  readonly insecure?: boolean
}

/** A cache in a directory, an OCI image layout. */
export interface LocalCacheSource {
  readonly kind: 'local'
  /** Directory. */
  readonly src: string
  /** Name in the layout. Default: `latest`. */
  readonly tag?: string
  /** Digest of the manifest, in place of the tag. */
  readonly digest?: Digest
}

/** The action cache of a server of the Remote Execution API, with a result for each step. */
export interface ReapiCacheSource extends ReapiServer {
  readonly kind: 'reapi'
}

/** A cache to read. */
export type CacheSource = RegistryCacheSource | LocalCacheSource | ReapiCacheSource | BucketCacheSource

/** A cache in a registry. */
export interface RegistryCacheTarget extends CacheWriteOptions {
  readonly kind: 'registry'
  /** Reference with a tag. */
  readonly ref: string
  /** Allow plain HTTP or unverified TLS. Default: false. */
  readonly insecure?: boolean
}

/** A cache in a directory, an OCI image layout. */
export interface LocalCacheTarget extends SharedWriteOptions {
  readonly kind: 'local'
  /** Directory; made if missing. */
  readonly dest: string
  /** Name in the layout. Default: `latest`. */
  readonly tag?: string
}

/** The action cache of a server of the Remote Execution API, with a result for each step. */
export interface ReapiCacheTarget extends StepWriteOptions, ReapiServer {
  readonly kind: 'reapi'
}

/** Records in the config of the image, about its layers. */
export interface InlineCacheTarget {
  readonly kind: 'inline'
}

/** A cache to write. */
export type CacheTarget =
  | RegistryCacheTarget
  | LocalCacheTarget
  | ReapiCacheTarget
  | InlineCacheTarget
  | BucketCacheTarget

/** A cache in which machines claim steps. */
export type SharedCacheTarget = LocalCacheTarget | S3CacheTarget | AzureCacheTarget

/** True for a cache in which machines claim steps. */
export function isShared(target: CacheTarget): target is SharedCacheTarget {
  return 'singleFlight' in target && target.singleFlight === true
}
