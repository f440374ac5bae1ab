import type { Bytes } from './storage.ts'
import { factsOf, withFacts } from './stream-facts.ts'

/**
 * The same bytes, given up with the signal's reason as soon as it fires, even while a chunk is
 * still awaited.
 */
export function abortable(bytes: Bytes, signal: AbortSignal): AsyncGenerator<Uint8Array, void, undefined> {
  return withFacts(untilAborted(bytes, signal), factsOf(bytes))
}

async function* untilAborted(bytes: Bytes, signal: AbortSignal): AsyncGenerator<Uint8Array, void, undefined> {
  const iterator = bytes[Symbol.asyncIterator]()
  let giveUp: ((reason: unknown) => void) | undefined
  const onAbort = (): void => giveUp?.(signal.reason)
  signal.addEventListener('abort', onAbort, { once: true })
  try {
    for (;;) {
      signal.throwIfAborted()
      // Not `Promise.race` with one promise for the signal: that would keep hold of every chunk to
      // the end of the stream.
      const next = await new Promise<IteratorResult<Uint8Array>>((resolve, reject) => {
        giveUp = reject
        iterator.next().then(resolve, reject)
      })
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
