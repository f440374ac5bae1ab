const parts = new WeakMap<Error, CallerPart>()

/** Options of a build that run code of the caller. */
export type CallerPart = 'context' | 'credentials' | 'outputs' | 'report'

/**
 * The error that code of the caller threw, marked as the caller's; the same object where it is an
 * `Error`.
 */
export function callerError(thrown: unknown, part: CallerPart): Error {
  const error = thrown instanceof Error ? thrown : new Error(String(thrown), { cause: thrown })
  parts.set(error, part)
  return error
}

/** Option of the caller that threw this error; undefined for errors of tsbuild. */
export function findCallerPart(error: unknown): CallerPart | undefined {
  return error instanceof Error ? parts.get(error) : undefined
}
