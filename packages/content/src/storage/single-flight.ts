/**
 * Work by name that several parties do once: one of them has the claim, the others wait for its
 * result, which is kept for later ones. It saves work and protects nothing: work may be done twice.
 */
export interface SingleFlight {
  /**
   * Resolves with a result that `isUsable` accepts, once it exists; with a claim, when the caller
   * is to do the work; and with undefined when the caller should do it without a claim: the holder
   * failed, or the wait took too long. Rejects where the place cannot be used.
   */
  join(name: string, request: FlightRequest): Promise<Uint8Array | Flight | undefined>
}

export interface FlightRequest {
  readonly signal: AbortSignal
  /** Called once, when another has the claim. */
  onWait(): unknown
  /** False for a result that has to be made again: damaged, or without the bytes that it names. */
  isUsable(result: Uint8Array): Promise<boolean>
}

/** Exclusive right to do the work, until it is released. */
export interface Flight {
  /**
   * Hands the result to those who wait; `failed` sends them on without a claim; without an outcome
   * one of them has the claim next. The first call counts. Rejects only if a result cannot be
   * stored.
   */
  release(outcome?: Uint8Array | 'failed'): Promise<void>
}

/** Limit of a result, in bytes. */
export const flightLimit = 1024 * 1024
