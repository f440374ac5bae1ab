import type { Digest } from '@tsbuild/oci'
import type { Snapshot } from '../layer/layer.ts'

/** A cached result. */
export interface CacheHit {
  readonly snapshot: Snapshot
  /** Name of the cache that had it; absent for the store of this machine. */
  readonly cache?: string
  /** Under a definition key: the content key that it was made under. */
  readonly content?: Digest
}

/**
 * Remembers what keys turned out to be. A record whose bytes are gone reads as undefined; trouble
 * reading is a miss, never an error.
 */
export interface CacheStore {
  get(key: Digest): Promise<CacheHit | undefined>
  /** Announces keys that may be looked up, for a cache that can read many records at once. */
  expect?(keys: readonly Digest[]): void
  /** `content` is the content key that belongs to a definition key. */
  put(key: Digest, snapshot: Snapshot, content?: Digest): Promise<void>
}

/** Member of an image config with the records of an inline cache. */
export const inlineCacheMember = 'tsbuild.cache.v1'
