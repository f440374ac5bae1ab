import type { Reporter } from '../progress/event.ts'

/** How a registry is reached, and whom to tell. */
export interface TransferOptions {
  readonly signal: AbortSignal
  readonly report: Reporter
  /** Plain HTTP or unverified TLS is fine. */
  readonly insecure: boolean
}
