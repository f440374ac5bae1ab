/**
 * Result of an action. Rejects with the reason of the signal as soon as that fires. A later result
 * or error of the action is ignored.
 */
export async function untilAborted<T>(action: () => Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted()
  const aborted = Promise.withResolvers<never>()
  const onAbort = (): void => aborted.reject(signal.reason)
  signal.addEventListener('abort', onAbort, { once: true })
  try {
    return await Promise.race([action(), aborted.promise])
  } finally {
    signal.removeEventListener('abort', onAbort)
  }
}
