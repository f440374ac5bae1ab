import type { Digest } from '@tsbuild/oci'
import type { Snapshot } from '../layer/layer.ts'

/** A cached result. */
export interface CacheHit {
  readonly snapshot: Snapshot
  /** Name of the cache that had it. Absent for the store of this machine. */
  readonly cache?: string
  /** Under a definition key: the content key that it was made under. */
  readonly content?: Digest
}

/**
 * Results of steps by key. A record without its bytes reads as undefined. A failure to read is a
 * miss, never an error.
 */
export interface CacheStore {
  get(key: Digest): Promise<CacheHit | undefined>
  /** Announces keys that may be looked up, so that a cache can read their records together. */
  expect?(keys: readonly Digest[]): void
  /** `content` is the content key that belongs to a definition key. */
  put(key: Digest, snapshot: Snapshot, content?: Digest): Promise<void>
}

/** Member of an image config with the records of an inline cache. */
export const inlineCacheMember = 'tsbuild.cache.v1'
