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
   * Releases the claim after the result is in the cache of this machine, and passes the result to
   * other machines. With `failed` the waiting builds do the step. The first call counts.
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
 * Lets builds that share a cache do a step once. Advisory: without a claim a step runs immediately,
 * at worst twice.
 */
export interface StepClaims {
  /**
   * Claims a step by its content key, and waits while another build does it. Undefined if the step
   * should run without a claim. Look up the cache again afterwards.
   */
  take(key: Digest, wait: ClaimWait): Promise<StepClaim | undefined>
}
