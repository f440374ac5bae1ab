import type { Reporter } from '../progress/event.ts'

/** Access to a registry, and the receiver of events. */
export interface TransferOptions {
  readonly signal: AbortSignal
  readonly report: Reporter
  /** Plain HTTP or unverified TLS is fine. */
  readonly insecure: boolean
}
