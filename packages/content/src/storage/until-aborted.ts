/**
 * Result of an action that is given up with the signal's reason as soon as it fires. What the
 * action comes to after that is ignored.
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
