import type { HistoryEntry, ImageConfig, Platform } from '@tsbuild/oci'
import type { Warning } from '@tsbuild/dockerfile'
import type { Vertex } from '../graph/vertex.ts'

/** What a Dockerfile means for one platform. */
export interface LoweredTarget {
  readonly platform: Platform
  readonly rootfs: Vertex
  /** The image config without `rootfs`, `history` and `created`. */
  readonly config: Omit<ImageConfig, 'rootfs' | 'history' | 'created'>
  /** Base history first. `created` is absent for the steps of this build: assembling sets it. */
  readonly history: readonly HistoryEntry[]
  /** Number of entries of `history` that came with the base image. */
  readonly baseHistory: number
  readonly warnings: readonly Warning[]
}
