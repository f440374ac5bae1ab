/**
 * Named work that several parties do once. One has the claim, the others wait for its result, which
 * is kept for later ones. It only saves work: in rare cases the work is done twice.
 */
export interface SingleFlight {
  /**
   * Resolves with a result that `isUsable` accepts, or with a claim if the caller shall do the
   * work. Resolves with undefined if the holder failed or the wait took too long: the caller then
   * does the work without a claim. Rejects where the place cannot be used.
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
   * Gives the result to the waiting parties. With `failed` they continue without a claim. Without
   * an outcome one of them gets the claim. The first call counts. Rejects only if a result cannot
   * be stored.
   */
  release(outcome?: Uint8Array | 'failed'): Promise<void>
}

/** Limit of a result, in bytes. */
export const flightLimit = 1024 * 1024
