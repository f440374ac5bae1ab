import type { ContentSource } from '@tsbuild/content'
import type { Digest } from '@tsbuild/oci'
import type { CacheStore } from '../../solve/cache-store.ts'
import type { CachedMount } from './cache-document.ts'

/** A cache mount, and where its bytes are. */
export interface FoundMount extends CachedMount {
  readonly source: ContentSource
}

/** A cache from elsewhere. Its bytes of layers stay there until they are needed. */
export interface ReadableCache extends Pick<CacheStore, 'get'> {
  /** For people: a reference, a directory, a server. */
  readonly name: string
  /** True once the cache was given up. */
  readonly isDropped: boolean
  /**
   * Reads the records at once that the keys are likely to ask for. Resolves with the number of
   * records, or undefined where there is no cache yet; rejects with `CacheError`.
   */
  load(expected: readonly Digest[]): Promise<number | undefined>
  /** The cache mount with a name. Rejects with `CacheError` if the cache cannot be read. */
  findMount(name: string): Promise<FoundMount | undefined>
  /** From now on the cache has nothing. */
  drop(): void
}
