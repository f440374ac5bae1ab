import type { Digest } from '@tsbuild/oci'
import type { Snapshot } from '../layer/layer.ts'

/**
 * Remembers what keys turned out to be. A record whose bytes are gone reads as undefined; trouble
 * reading is a miss, never an error.
 */
export interface CacheStore {
  get(key: Digest): Promise<Snapshot | undefined>
  put(key: Digest, snapshot: Snapshot): Promise<void>
}
