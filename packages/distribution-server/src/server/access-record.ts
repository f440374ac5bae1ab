/** One answered request, for a log. Texts of the client are as they came. */
export interface AccessRecord {
  /** ISO 8601. */
  readonly time: string
  readonly method: string
  /** Path and query. */
  readonly target: string
  /** Status of the answer; 0 if the client broke off before. */
  readonly status: number
  /** Bytes of the bodies. */
  readonly received: number
  readonly sent: number
  /** Milliseconds. */
  readonly duration: number
  readonly client: string
  readonly user?: string
  readonly agent?: string
  /** Reason of an answer of 400 and above, or of a transfer that broke off. */
  readonly error?: string
}
