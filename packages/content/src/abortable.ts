import type { Bytes } from './storage.ts'

/** The same bytes, given up with the signal's reason as soon as it fires, even while a chunk is still awaited. */
export async function* abortable(bytes: Bytes, signal: AbortSignal): AsyncGenerator<Uint8Array, void, undefined> {
  signal.throwIfAborted()
  const aborted = Promise.withResolvers<never>()
  // Rejecting before anybody waits must not end the process.
  aborted.promise.catch(() => undefined)
  const onAbort = (): void => aborted.reject(signal.reason)
  signal.addEventListener('abort', onAbort, { once: true })
  const iterator = bytes[Symbol.asyncIterator]()
  try {
    for (;;) {
      const next = await Promise.race([iterator.next(), aborted.promise])
      if (next.done === true) return
      yield next.value
    }
  } finally {
    signal.removeEventListener('abort', onAbort)
    // Not awaited after an abort: a source that hangs would hang its end as well.
    const closed = iterator.return?.()
    if (signal.aborted) closed?.catch(() => undefined)
    else await closed
  }
}
