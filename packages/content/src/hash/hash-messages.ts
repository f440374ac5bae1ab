import type { DigestAlgorithm } from '@tsbuild/oci'

/** Work for a thread that hashes. Messages of one stream are answered in their order. */
export interface HashRequest {
  readonly stream: number
  readonly algorithm: DigestAlgorithm
  /** In shared memory, which stays as it is until the answer. */
  readonly chunks: readonly Uint8Array[]
  /** `digest` ends the stream with an answer that has its digest, `close` without. */
  readonly end?: 'digest' | 'close'
}

export interface HashAnswer {
  readonly stream: number
  /** Number of chunks that are no longer in use. */
  readonly done: number
  readonly isLast: boolean
  /** Hex digits. */
  readonly digest?: string
}
