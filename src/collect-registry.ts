import { type Collected, type CollectOptions, collectStorage } from '@tsbuild/distribution-server'
import { resolve } from 'node:path'
import { defaultStorage } from './serve-registry.ts'

/** Options of a collection in the storage of a registry. */
export interface CollectRegistryOptions extends CollectOptions {
  /** Directory of the registry. Default: `registry` in the store. */
  readonly storage?: string
  /** Directory of the store. Default: `$TSBUILD_ROOT`, else in the user's data directory. */
  readonly root?: string
}

/**
 * Removes blobs that no manifest of a registry needs; the registry may run meanwhile. Rejects with
 * `STORE_UNUSABLE` or `STORE_TOO_NEW`.
 */
export function collectRegistry({ storage, root, ...options }: CollectRegistryOptions = {}): Promise<Collected> {
  return collectStorage(storage === undefined ? defaultStorage(root) : resolve(storage), options)
}
