import type { Descriptor, Digest, Platform } from '@tsbuild/oci'
import type { LoweredTarget } from '../frontend/state/lowered.ts'
import type { Snapshot } from '../layer/layer.ts'

/** A solved target: what assembling needs of it. */
export interface SolvedTarget {
  readonly lowered: LoweredTarget
  readonly snapshot: Snapshot
}

/** The image of one platform, whose documents are in the store. */
export interface AssembledPlatform {
  readonly target: SolvedTarget
  readonly platform: Platform
  readonly manifest: Descriptor
  readonly config: Descriptor
  readonly layers: readonly Descriptor[]
  /** Of `layers`, in their order. */
  readonly diffIds: readonly Digest[]
}
