import { unchunk } from './unchunk.ts'
import { cutOff } from './cut-off.ts'
import type { Framing } from './response-head.ts'
import { partOf, type Slice, sizeOf } from './slice.ts'

/** The body of an answer; throws where the connection ends before it. */
export async function* frameBody(
  received: AsyncIterable<Slice>,
  framing: Framing,
): AsyncGenerator<Slice, void, undefined> {
  if (framing === 'close') return yield* received
  if (framing === 'chunked') return yield* unchunk(received)
  let left = framing
  if (left === 0) return
  for await (const slice of received) {
    const size = Math.min(left, sizeOf(slice))
    left -= size
    if (size === sizeOf(slice)) yield slice
    else {
      // Bytes after the body are not part of the answer.
      const part = partOf(slice, 0, size)
      slice.block.release()
      yield part
    }
    if (left === 0) return
  }
  throw cutOff()
}
