import type { Compression } from '@tsbuild/content'
import type { Digest } from '@tsbuild/oci'

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

/** A cache to read. */
export type CacheSource = RegistryCacheSource | LocalCacheSource

/** Options of every cache that is written. */
export interface CacheWriteOptions {
  /**
   * `min` carries the steps whose layers are in the image, `max` every step of every stage.
   * Default: `min`.
   */
  readonly mode?: 'min' | 'max'
  /**
   * Compression of layers. Default: that of the image for layers that are in it, zstd for others.
   */
  readonly compression?: Compression
  /** Also re-compress layers that have another compression. Default: false. */
  readonly forceCompression?: boolean
  /**
   * A manifest; false writes an index, for old registries. More than 1000 layers are always an
   * index. Default: true.
   */
  readonly imageManifest?: boolean
  /**
   * Cache mounts to carry, by id: those that steps of the build had, and those that the cache has
   * already. Default: none.
   */
  readonly mounts?: 'all' | readonly string[]
  /**
   * Bytes of files of each mount, at most 16 GiB. Files used longest ago are left out. Default:
   * 2 GiB.
   */
  readonly mountsMaxSize?: number
  /** Trouble is a warning; false lets the build fail. Default: the opposite of `cacheStrict`. */
  readonly ignoreError?: boolean
}

/** A cache in a registry. */
export interface RegistryCacheTarget extends CacheWriteOptions {
  readonly kind: 'registry'
  /** Reference with a tag. */
  readonly ref: string
  /** Allow plain HTTP or unverified TLS. Default: false. */
  readonly insecure?: boolean
}

/** A cache in a directory, an OCI image layout. */
export interface LocalCacheTarget extends CacheWriteOptions {
  readonly kind: 'local'
  /** Directory; made if missing. */
  readonly dest: string
  /** Name in the layout. Default: `latest`. */
  readonly tag?: string
}

/** Records in the config of the image, about its layers. */
export interface InlineCacheTarget {
  readonly kind: 'inline'
}

/** A cache to write. */
export type CacheTarget = RegistryCacheTarget | LocalCacheTarget | InlineCacheTarget
