import type { HistoryEntry, ImageConfig, Platform } from '@tsbuild/oci'
import type { Warning } from '@tsbuild/dockerfile'
import type { Vertex } from '../../graph/vertex.ts'

/** Something besides the result that the Dockerfile wants listed in the bill of materials. */
export interface ScanTarget {
  /** Name of the stage, or `context`. */
  readonly name: string
  /** A file system with programs in it, or a directory of sources. */
  readonly kind: 'installed' | 'source'
  readonly rootfs: Vertex
}

/** Result of lowering a Dockerfile for one platform. */
export interface LoweredTarget {
  readonly platform: Platform
  readonly rootfs: Vertex
  /** Number of layers of `rootfs`. */
  readonly layers: number
  /** The image config without `rootfs`, `history` and `created`. */
  readonly config: Omit<ImageConfig, 'rootfs' | 'history' | 'created'>
  /** Base history first. `created` is absent for the steps of this build: assembling sets it. */
  readonly history: readonly HistoryEntry[]
  /** Number of entries of `history` that came with the base image. */
  readonly baseHistory: number
  /** Empty unless the build has a bill of materials. */
  readonly scanTargets: readonly ScanTarget[]
  readonly warnings: readonly Warning[]
}
