import { Claims } from '@tsbuild/content'
import { hexOf } from '@tsbuild/oci'
import type { LayerStore } from '../../layer/layer-store.ts'
import type { StepClaims } from '../../solve/step-claims.ts'

/** Claims of one build, which it shares with all builds on the store. */
export function localClaims({ paths }: LayerStore): StepClaims & AsyncDisposable {
  const claims = new Claims(paths.claims)
  return {
    take: async (key, wait) => {
      const claim = await claims.take(hexOf(key), wait)
      // Those who wait read the result from the store.
      return claim && { release: (outcome) => claim.release(outcome === 'failed' ? outcome : undefined) }
    },
    [Symbol.asyncDispose]: () => claims[Symbol.asyncDispose](),
  }
}
