import type { Bytes } from '@tsbuild/content'
import { SourceError } from './source-error.ts'

/** The least that must arrive, again and again, in so much time. */
export interface Deadline {
  readonly bytes: number
  readonly milliseconds: number
}

/** Watches one transfer; disposing it stops the clock. */
export interface TransferWatch extends Disposable {
  /** Aborts with `outer`, and with `SourceError` once the server is too slow, whether it sends nothing or next to nothing. */
  readonly signal: AbortSignal
  /** Passes bytes on and counts them. */
  count(bytes: Bytes): Bytes
}

/** Starts the clock for a transfer that is about to begin. */
export function watchTransfer({ bytes: least, milliseconds }: Deadline, outer: AbortSignal): TransferWatch {
  const controller = new AbortController()
  let arrived = 0
  const timer = setInterval(() => {
    if (arrived < least) {
      const message = `The server sent ${arrived} bytes in ${milliseconds / 1000} s: it is too slow`
      controller.abort(new SourceError('SOURCE_UNREACHABLE', message))
    }
    arrived = 0
  }, milliseconds)
  return {
    signal: AbortSignal.any([outer, controller.signal]),
    async *count(stream) {
      for await (const chunk of stream) {
        arrived += chunk.length
        yield chunk
      }
    },
    [Symbol.dispose]: () => clearInterval(timer),
  }
}
