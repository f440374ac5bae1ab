import { Readable } from 'node:stream'
import type { Bytes } from '@tsbuild/content'

/**
 * True when each iteration gives all bytes anew: not for streams, nor for what is its own iterator,
 * as a generator is.
 */
export function canReopen(content: Bytes): boolean {
  if (content instanceof Readable || content instanceof ReadableStream) return false
  const iterator: unknown = content[Symbol.asyncIterator]()
  return iterator !== content
}

/** Content that gives these bytes as often as it is iterated. */
export function repeat(bytes: Uint8Array): Bytes {
  return {
    [Symbol.asyncIterator]: async function* () {
      yield bytes
    },
  }
}

/** Closes unread content: its opener relies on that. */
export async function discardContent(content: Bytes): Promise<void> {
  if (content instanceof Readable) content.destroy()
  else if (content instanceof ReadableStream) await content.cancel()
  else await content[Symbol.asyncIterator]().return?.()
}
