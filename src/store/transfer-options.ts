import type { Environment } from '@tsbuild/registry'
import type { Reporter } from '../progress/event.ts'

/** Access to a registry, and the receiver of events. */
export interface TransferOptions {
  readonly signal: AbortSignal
  readonly report: Reporter
  /** Plain HTTP or unverified TLS is fine. */
  readonly insecure: boolean
  /** Variables for credential files and certificates. Default: those of the store. */
  readonly env?: Environment
}

/** Access to registries on one side of a copy, where it differs from that of the call. */
export type SideAccess = Partial<Pick<TransferOptions, 'insecure' | 'env'>>
