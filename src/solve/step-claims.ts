import type { Compression } from '@tsbuild/content'
import type { Digest } from '@tsbuild/oci'
import type { Snapshot } from '../layer/layer.ts'

/** Result of a step for those who wait for it. */
export interface StepResult {
  readonly snapshot: Snapshot
  /** Form in which its layer is needed here. */
  readonly compression: Compression
}

/** Exclusive right to do a step. */
export interface StepClaim {
  /**
   * Gives it up, once the result is in the cache of this machine, and hands the result to builds
   * elsewhere; `failed` makes those who wait do the step. The first call counts.
   */
  release(outcome?: StepResult | 'failed'): Promise<void>
}

/** Way to wait for a step that another build does. */
export interface ClaimWait {
  readonly signal: AbortSignal
  /** Called once, when another has the claim. */
  onWait(): unknown
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
  take(key: Digest, wait: ClaimWait): Promise<StepClaim | undefined>
}
