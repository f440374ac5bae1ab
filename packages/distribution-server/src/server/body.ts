import type { IncomingMessage } from 'node:http'
import { type Pace, PaceClock } from '@tsbuild/content'

/** The client broke off, or was too slow. There may be no connection left to answer on. */
export class ClientGone extends Error {
  override readonly name = 'ClientGone'
}

/**
 * Bytes of the body of a request. Rejects with `ClientGone` when the client breaks off, or sends
 * fewer bytes than the pace; the connection ends then.
 */
export async function* readBody(message: IncomingMessage, pace: Pace): AsyncGenerator<Uint8Array, void, undefined> {
  let reason = 'the client broke off'
  const clock = new PaceClock(pace, (text) => {
    reason = `the client sent ${text}`
    message.socket.destroy()
  })
  const iterator: AsyncIterator<Uint8Array> = message.iterator({ destroyOnReturn: false })
  try {
    for (;;) {
      clock.start()
      const next = await iterator.next()
      clock.stop(next.done === true ? 0 : next.value.length)
      if (next.done === true) break
      yield next.value
    }
  } catch (error) {
    throw new ClientGone(reason, { cause: error })
  } finally {
    clock.stop()
  }
  if (!message.complete) throw new ClientGone(reason)
}
