import type { Digest, Platform } from '@tsbuild/oci'

/** Durations of a build in milliseconds. */
export interface BuildTimings {
  /** Time of the call, in milliseconds since 1970. */
  readonly started: number
  /** Until all steps were done or found. */
  readonly solving: number
  /** From then on until all outputs were written. */
  readonly exporting: number
}

/** One layer of a result. */
export interface BuiltLayer {
  readonly mediaType: string
  /** Digest of the blob, as published. */
  readonly digest: Digest
  /** Digest of the uncompressed tar. */
  readonly diffId: Digest
  /** Bytes of the blob. */
  readonly size: number
  /** The step that made the layer; absent for layers of a base image. */
  readonly step?: {
    /** For people: `[build 2/5] RUN npm ci`. */
    readonly name: string
    /** Line of the Dockerfile, from 1. */
    readonly line?: number
    /** `PlanStep.key`. */
    readonly key: Digest
    /** True if the layer was found in a cache. */
    readonly cached: boolean
  }
}

/** The image of one platform. */
export interface BuiltPlatform {
  /** `os/arch[/variant]`. */
  readonly platform: string
  /** Digest of the manifest. */
  readonly digest: Digest
  /** Bytes of the manifest. */
  readonly size: number
  readonly configDigest: Digest
  /** The lowest first. */
  readonly layers: readonly BuiltLayer[]
}

/** Result of a build. */
export interface BuildResult {
  /** Digest of the image's manifest, or of its index; absent when no output needs an image. */
  readonly digest?: Digest
  /** Digest of the image config, for one platform. */
  readonly configDigest?: Digest
  readonly mediaType?: string
  readonly size?: number
  /**
   * Annotations for the descriptor of the image in an index: those requested with
   * `manifest-descriptor` or `index-descriptor`.
   */
  readonly annotations?: Readonly<Record<string, string>>
  /** Absent for an index. */
  readonly platform?: Platform
  /** Names the image was given. */
  readonly names: readonly string[]
  /** With `recordProvenance`: platform → SLSA v0.2 predicate. */
  readonly provenance?: Readonly<Record<string, unknown>>
  /** The same names in full, with the digest: `registry.example/app:1@sha256:…`. */
  readonly canonicalNames: readonly string[]
  /** Images of the platforms, in the requested order; empty when no output needs an image. */
  readonly platforms: readonly BuiltPlatform[]
  readonly timings: BuildTimings
  /**
   * Bytes of base images, downloads and caches that were read, and of outputs and caches that were
   * written. Files of the context do not count.
   */
  readonly bytes: { readonly read: number; readonly written: number }
  /** One line for each output: what is where. */
  readonly outputs: readonly string[]
  /** Steps found in the cache and steps done. */
  readonly steps: { readonly cached: number; readonly run: number }
  readonly warnings: readonly BuildWarning[]
}

export interface BuildWarning {
  readonly code: string
  readonly message: string
  readonly line?: number
  readonly url?: string
}

/** One step of a plan: what would happen to it and why. */
export interface PlanStep {
  readonly name: string
  readonly line?: number
  readonly platform: string
  /** `unknown`: depends on inputs that have to be built first. */
  readonly state: 'hit' | 'miss' | 'unknown'
  /** For a hit: the cache that has it; absent for the store of this machine. */
  readonly cache?: string
  /** For a miss: what differs or what it depends on. */
  readonly reason?: string
  /** Definition key, stable across machines. */
  readonly key?: Digest
}

/** Steps that a build would run, found without running any. */
export interface Plan {
  /** Stable across machines if and only if everything that decides the result is equal. */
  readonly id: Digest
  readonly steps: readonly PlanStep[]
  readonly warnings: readonly BuildWarning[]
}
