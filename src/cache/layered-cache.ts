import type { Digest } from '@tsbuild/oci'
import type { Reporter } from '../progress/event.ts'
import type { CacheHit, CacheStore } from '../solve/cache-store.ts'
import { CacheError } from './model/cache-error.ts'
import type { ReadableCache } from './model/readable-cache.ts'

/** Milliseconds in which the records of a cache must have arrived. */
const lookUpTime = 10_000

export interface LayeredCacheOptions {
  /** The store of this machine: asked first, and the only one that is written. */
  readonly local: CacheStore
  /** In order of preference. */
  readonly imported: readonly ReadableCache[]
  readonly report: Reporter
  /** Takes the error of a cache, which is not asked again; rejects where a build must not go on. */
  onTrouble(error: CacheError): Promise<void>
}

/**
 * One cache of several. The records of all imported ones are read together when the store lacks the
 * first key, each within its time.
 */
export function layeredCache({ local, imported, report, onTrouble }: LayeredCacheOptions): CacheStore {
  if (imported.length === 0) return local
  let expected: readonly Digest[] = []
  let loading: Promise<unknown> | undefined
  const loadAll = (): Promise<unknown> =>
    (loading ??= Promise.all(
      imported.map((cache, index) => load(cache, `cache-import-${index + 1}`, { expected, report, onTrouble })),
    ))
  const lookUp = async (cache: ReadableCache, key: Digest): Promise<CacheHit | undefined> => {
    try {
      return await cache.get(key)
    } catch (error) {
      if (!(error instanceof CacheError)) throw error
      // Several look-ups may fail together: the first one is the trouble.
      if (!cache.isDropped) {
        cache.drop()
        await onTrouble(error)
      }
      return undefined
    }
  }
  return {
    expect: (keys) => {
      expected = keys
    },
    async get(key) {
      const known = await local.get(key)
      if (known !== undefined) return known
      await loadAll()
      const found: readonly (CacheHit | undefined)[] = await Promise.all(imported.map((cache) => lookUp(cache, key)))
      return found.find((hit) => hit !== undefined)
    },
    put: (key, snapshot, content) => local.put(key, snapshot, content),
  }
}

async function load(
  cache: ReadableCache,
  vertex: string,
  {
    expected,
    report,
    onTrouble,
  }: Pick<LayeredCacheOptions, 'report' | 'onTrouble'> & { readonly expected: readonly Digest[] },
): Promise<void> {
  await report({ type: 'vertex-started', vertex, name: `importing cache from ${cache.name}`, time: Date.now() })
  try {
    const count = await loadInTime(cache, expected)
    const line = count === undefined ? 'no cache there yet' : `${count} steps`
    await report({ type: 'log', vertex, stream: 'stderr', data: Buffer.from(`${line}\n`), time: Date.now() })
    await report({ type: 'vertex-finished', vertex, time: Date.now() })
  } catch (error) {
    cache.drop()
    if (!(error instanceof CacheError)) throw error
    await report({ type: 'vertex-finished', vertex, time: Date.now(), error: error.message })
    await onTrouble(error)
  }
}

/** Reads the records of a cache; rejects with `CacheError` once it took too long. */
export async function loadInTime(cache: ReadableCache, expected: readonly Digest[] = []): Promise<number | undefined> {
  const late = Promise.withResolvers<never>()
  const reason = `no answer within ${lookUpTime / 1000} s`
  const timer = setTimeout(
    () => late.reject(new CacheError('CACHE_UNAVAILABLE', { cache: cache.name, reason })),
    lookUpTime,
  )
  try {
    return await Promise.race([cache.load(expected), late.promise])
  } finally {
    clearTimeout(timer)
  }
}
