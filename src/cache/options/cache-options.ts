import type { Digest } from '@tsbuild/oci'
import type { ReapiServer } from '../../reapi/server-options.ts'
import type { AzureCacheTarget, BucketCacheSource, BucketCacheTarget, S3CacheTarget } from './bucket-options.ts'
import type {
  CacheWriteOptions,
  MountWriteOptions,
  SharedWriteOptions,
  StepWriteOptions,
} from './cache-write-options.ts'

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
  /** Name of the cache mounts there. Default: none are read. */
  readonly scope?: string
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
export interface ReapiCacheTarget extends StepWriteOptions, MountWriteOptions, ReapiServer {
  readonly kind: 'reapi'
  /** Name of the cache mounts there, which `mounts` needs: a branch, or a project and a branch. */
  readonly scope?: string
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
