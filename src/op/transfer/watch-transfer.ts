import { type Bytes, type Pace, PaceClock } from '@tsbuild/content'
import { SourceError } from './source-error.ts'

/** Watches one transfer. Disposing it stops the clock. */
export interface TransferWatch extends Disposable {
  /** Aborts with `outer`, and with `SourceError` if the server is silent or too slow. */
  readonly signal: AbortSignal
  /** Passes bytes on and counts them. The time that the consumer takes is not the server's. */
  count(bytes: Bytes): Bytes
}

/** Starts the clock for a transfer. */
export function watchTransfer(pace: Pace, outer: AbortSignal): TransferWatch {
  const controller = new AbortController()
  const clock = new PaceClock(pace, (reason) =>
    controller.abort(new SourceError('SOURCE_UNREACHABLE', `the server sent ${reason}`)),
  )
  clock.start()
  return {
    signal: AbortSignal.any([outer, controller.signal]),
    async *count(stream) {
      clock.start()
      for await (const chunk of stream) {
        clock.stop(chunk.length)
        yield chunk
        clock.start()
      }
      clock.stop()
    },
    [Symbol.dispose]: () => clock.stop(),
  }
}
