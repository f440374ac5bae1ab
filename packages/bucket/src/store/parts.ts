import { type Bytes, mapOrdered } from '@tsbuild/content'

/** Parts of one blob that are sent at the same time. */
const concurrency = 2

/** Size of parts: S3 takes 5 MiB and more. Each layer under way holds three of them in memory. */
const usualSize = 8 * 1024 * 1024

/** Largest blob that is sent in one request, in bytes. */
export const maxWhole = usualSize

/** Most parts of an object: S3 takes 10,000, Azure 50,000. */
const maxParts = 10_000

/**
 * Sends a stream in parts, numbered from 1. Resolves with the results in order; rejects with the
 * first error of the stream or of `send`. No part is under way any more then: one that arrived
 * behind the end of the upload would stay in the bucket.
 */
export async function sendParts<T>(
  { bytes, size }: { readonly bytes: Bytes; readonly size: number },
  send: (part: Uint8Array, number: number) => Promise<T>,
): Promise<readonly T[]> {
  const results: T[] = []
  const sent: Promise<T>[] = []
  const start = ([part, number]: readonly [Uint8Array, number]): Promise<T> => {
    const sending = send(part, number)
    sent.push(sending)
    return sending
  }
  try {
    const parts = cut(bytes, Math.max(usualSize, Math.ceil(size / maxParts)))
    for await (const result of mapOrdered(parts, start, concurrency)) results.push(result)
    return results
  } finally {
    await Promise.allSettled(sent)
  }
}

async function* cut(bytes: Bytes, size: number): AsyncGenerator<readonly [Uint8Array, number], void, undefined> {
  let chunks: Uint8Array[] = []
  let length = 0
  let number = 1
  for await (const chunk of bytes) {
    for (let at = 0; at < chunk.length; ) {
      const piece = chunk.subarray(at, at + size - length)
      chunks.push(piece)
      length += piece.length
      at += piece.length
      if (length < size) continue
      yield [Buffer.concat(chunks, length), number++]
      chunks = []
      length = 0
    }
  }
  if (length > 0) yield [Buffer.concat(chunks, length), number]
}
