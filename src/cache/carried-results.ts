import type { Digest } from '@tsbuild/oci'
import type { CacheHit, CacheStore } from '../solve/cache-store.ts'

/**
 * A cache that also remembers, for one build, results whose layers are not in the store: the store
 * finds a record only where it has the bytes, and caches that are exported need all results.
 */
export class CarriedResults implements CacheStore {
  readonly #cache: CacheStore
  readonly #results = new Map<Digest, CacheHit>()

  constructor(cache: CacheStore) {
    this.#cache = cache
  }

  expect(keys: readonly Digest[]): void {
    this.#cache.expect?.(keys)
  }

  async get(key: Digest): Promise<CacheHit | undefined> {
    return this.#results.get(key) ?? (await this.#cache.get(key))
  }

  async put(...[key, snapshot, content]: Parameters<CacheStore['put']>): Promise<void> {
    if (snapshot.some(({ carried }) => carried !== undefined))
      this.#results.set(key, { snapshot, ...(content !== undefined && { content }) })
    await this.#cache.put(key, snapshot, content)
  }

  /** Forgets the results: the place of their layers has lost some of them. */
  forget(): void {
    this.#results.clear()
  }
}
