import type { Digest } from '@tsbuild/oci'

/** Exclusive right to do a step. */
export interface StepClaim {
  /** Gives it up, once the result is in the cache; `failed` makes those who wait do the step. */
  release(outcome?: 'failed'): Promise<void>
}

/**
 * Lets builds that share a cache do a step once. Advisory: without a claim a step is done at once,
 * at worst twice.
 */
export interface StepClaims {
  /**
   * Claims a step by its content key, waiting while another build does it; undefined where the step
   * is better done without. The cache is to be asked again afterwards.
   */
  take(key: Digest, wait: { readonly signal: AbortSignal; onWait(): unknown }): Promise<StepClaim | undefined>
}
