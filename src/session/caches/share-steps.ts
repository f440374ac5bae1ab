import { DirectoryFlights, OciLayout } from '@tsbuild/content'
import { join } from 'node:path'
import type { BuildRequest } from '../../build-request.ts'
import { cachedForm } from '../../cache/options/cached-form.ts'
import type { SharedCacheTarget } from '../../cache/options/cache-options.ts'
import { CarriedResults } from '../../cache/carried-results.ts'
import { findCacheError } from '../../cache/model/cache-error.ts'
import { claimsOfMachines } from '../../cache/claims/claims-of-machines.ts'
import { type SharedPlace, SharedSteps } from '../../cache/claims/shared-steps.ts'
import type { Layer } from '../../layer/layer.ts'
import type { StepClaims } from '../../solve/step-claims.ts'
import { baseLayers, type BuildCaches, type CacheParts } from './caches.ts'
import { nameOfTarget } from './cache-places.ts'

/** Caches and claims of a build. */
export type CachesAndClaims = BuildCaches & { readonly claims: StepClaims }

/** Parts of a build that sharing its steps needs. */
export interface SharingParts
  extends Pick<CacheParts, 'store' | 'buckets' | 'executors' | 'targets' | 'report' | 'signal'> {
  readonly options: Pick<BuildRequest, 'cacheStrict'>
  readonly key: Uint8Array | undefined
  /** Layers that may leave this machine are clean. */
  readonly guard: { isClean(layer: Layer): Promise<boolean> }
  /** Disposed with the session. */
  readonly late: AsyncDisposableStack
}

/**
 * Claims steps among machines as well; nothing is requested before the first step that no cache
 * has.
 */
export function shareSteps(target: SharedCacheTarget, caches: CachesAndClaims, parts: SharingParts): CachesAndClaims {
  const { store, report, signal, key, guard, options } = parts
  const { cacheStrict = false } = options
  const shared = new SharedSteps({
    name: `${nameOfTarget(target)} (steps)`,
    store,
    signal,
    baseLayer: baseLayers(parts),
    open: () => openPlace(target, parts),
    mayLeave: (layer) => guard.isClean(layer),
    blobOf: (layer, needed) => cachedForm(layer, target, needed),
    ...(key !== undefined && { key }),
    onTrouble: async (error) => {
      if (cacheStrict) throw error
      const message = `${error.message}; this build does not share steps any more`
      await report({ type: 'warning', code: 'CacheNotShared', message })
    },
  })
  const results = new CarriedResults({
    expect: (keys) => caches.cache.expect?.(keys),
    get: async (step) => (await caches.cache.get(step)) ?? shared.get(step),
    put: (...result) => caches.cache.put(...result),
  })
  return {
    ...caches,
    cache: results,
    claims: claimsOfMachines(caches.claims, { shared, cache: results }),
    forsake: async (error) => {
      const trouble = findCacheError(error)
      const isMine = trouble?.cache === shared.name && !shared.isDropped && !signal.aborted && !cacheStrict
      if (!isMine && !(await caches.forsake(error))) return false
      results.forget()
      if (!isMine) return true
      shared.drop()
      await report({ type: 'warning', code: 'CacheNotRead', message: `${trouble.message}; building without it` })
      return true
    },
  }
}

async function openPlace(
  target: SharedCacheTarget,
  { buckets, late }: Pick<SharingParts, 'buckets' | 'late'>,
): Promise<SharedPlace> {
  if (target.kind !== 'local') {
    const [flights, content] = await Promise.all([buckets.share(target), buckets.write(target)])
    return { flights, content }
  }
  const content = await OciLayout.create(target.dest, { durable: true })
  return { flights: late.use(new DirectoryFlights(join(target.dest, 'steps'))), content }
}
