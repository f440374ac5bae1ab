import type { DescribedImage } from './image-report.ts'

/**
 * One step, source or output of a build; caches that are written are outputs. Times are
 * milliseconds after its start.
 */
export interface ReportedStep {
  /** From 1, in the order of the first events. */
  readonly number: number
  readonly kind: 'source' | 'step' | 'output'
  /** For people: `[build 2/5] RUN npm ci`. */
  readonly name: string
  /** Name or number of the stage of a step. */
  readonly stage?: string
  /** `os/arch[/variant]` of the only target that needs it. */
  readonly platform?: string
  /** Line of the Dockerfile, from 1. */
  readonly line?: number
  /** `unfinished`: the build ended before it. */
  readonly state: 'cached' | 'done' | 'failed' | 'canceled' | 'unfinished'
  readonly start: number
  readonly end: number
  /** Part of the time that another build on the store did the step. */
  readonly waited: number
  /** The cache from elsewhere that had its result. */
  readonly cache?: string
  /** First difference from the last run of the step. */
  readonly reason?: string
  /** The input that was ready last: its number, and when it was. */
  readonly after?: { readonly number: number; readonly end: number }
  /** On the longest chain of steps that each waited for the one before. */
  readonly isCritical: boolean
  /** Bytes of its transfers. */
  readonly bytes: number
  readonly error?: string
  /** The last lines of output, of a step that did not succeed. */
  readonly log: readonly string[]
}

/** A remark about the build or a line of its Dockerfile. */
export interface ReportedWarning {
  readonly code: string
  readonly message: string
  readonly line?: number
  readonly url?: string
}

/** Reason why a build failed. */
export interface ReportedFailure {
  readonly code: string
  readonly message: string
  readonly hint?: string
  /** Of the Dockerfile, from 1. */
  readonly line?: number
}

/** The image of one platform; without a digest where no output needed an image. */
export interface ReportedImage extends DescribedImage {
  readonly digest?: string
}

/** Course and result of a build. */
export interface BuildReport {
  /** Names of the image, or the context. */
  readonly name: string
  /** Milliseconds since 1970. */
  readonly started: number
  /** Milliseconds. */
  readonly duration: number
  readonly steps: readonly ReportedStep[]
  /** Absent for a build that succeeded. */
  readonly failure?: ReportedFailure
  readonly warnings: readonly ReportedWarning[]
  /** Absent if the build failed before it was read. */
  readonly dockerfile?: { readonly name: string; readonly text: string }
  /** Of the manifest or index. */
  readonly digest?: string
  readonly images: readonly ReportedImage[]
  /** Remarks for people about parts that are left out. */
  readonly notes: readonly string[]
}
