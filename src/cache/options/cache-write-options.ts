import type { Compression } from '@tsbuild/content'

/** Options of every cache that steps are written to. */
export interface StepWriteOptions {
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
  /** Trouble is a warning; false lets the build fail. Default: the opposite of `cacheStrict`. */
  readonly ignoreError?: boolean
}

/** Options of every cache that can carry cache mounts. */
export interface MountWriteOptions {
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
}

/** Options of a cache that is a manifest. */
export interface CacheWriteOptions extends StepWriteOptions, MountWriteOptions {
  /**
   * A manifest; false writes an index, for old registries. More than 1000 layers are always an
   * index. Default: true.
   */
  readonly imageManifest?: boolean
}

/** Options of caches in which machines can claim steps. */
export interface SharedWriteOptions extends CacheWriteOptions {
  /**
   * Builds of several machines that write this cache do each step once: the others wait for its
   * result, which comes to the cache as the step ends. One cache of a build may have it, with mode
   * `max`. Default: false.
   */
  readonly singleFlight?: boolean
}
