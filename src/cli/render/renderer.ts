import type { Reporter } from '../../progress/event.ts'

/** Shows the events of one build to a person or a program. */
export interface Renderer {
  readonly report: Reporter
  /**
   * Prints what is left to say of failed steps beside `error`, which the caller prints, and gives
   * the terminal back.
   */
  close(error?: unknown): void
}

/** Input of every renderer. */
export interface RenderOptions {
  /** Colours may be used. */
  readonly colors: boolean
  /** Milliseconds since 1970. */
  readonly now: () => number
  /** Also print why steps run. Default: false. */
  readonly explain?: boolean
  /** Print digests in full. Default: false. */
  readonly verbose?: boolean
  /** Print each transfer of a step, not their sum. Default: `verbose`. */
  readonly eachTransfer?: boolean
}
