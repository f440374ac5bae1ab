import type { Bytes } from './storage.ts'
import { factsOf } from './stream-facts.ts'
import { freeChunk } from '../memory/fresh-chunk.ts'

const largestBatch = 512 * 1024
/** Milliseconds after which bytes of a slow source leave in a smaller batch. */
const longestWait = 200
/**
 * Number of bytes after which a writable stream always asks to wait until all are written: twice
 * its high-water mark. Only then may their memory be used again.
 */
const flushedSize = 128 * 1024

/**
 * A stream in batches. For consumers that request the next one after their socket or file has
 * drained, as `pipeline` of Node and undici do. Memory is used again: chunks that are left to the
 * garbage collector take more time than the copy here. A chunk that is large already passes as it
 * is, and is freed when it was written. `size` is that of the stream, in bytes; NaN if unknown.
 */
export async function* inBatches(bytes: Bytes, size: number = Number.NaN): AsyncGenerator<Uint8Array, void, undefined> {
  const { isSole = false } = factsOf(bytes)
  const batchSize = size > 0 ? Math.min(largestBatch, size) : largestBatch
  let memory: Buffer | undefined
  let filled = 0
  let since = 0
  for await (const chunk of bytes) {
    if (filled === 0) {
      if (chunk.length >= flushedSize || chunk.length >= batchSize) {
        yield chunk
        if (isSole && chunk.length >= flushedSize) freeChunk(chunk)
        continue
      }
      since = performance.now()
    }
    for (let used = 0; used < chunk.length; ) {
      memory ??= Buffer.allocUnsafeSlow(batchSize)
      const part = chunk.subarray(used, used + batchSize - filled)
      memory.set(part, filled)
      filled += part.length
      used += part.length
      if (filled < batchSize && (used < chunk.length || performance.now() - since < longestWait)) continue
      yield memory.subarray(0, filled)
      if (filled < flushedSize) memory = undefined
      filled = 0
      since = performance.now()
    }
    if (isSole) freeChunk(chunk)
  }
  if (memory !== undefined && filled > 0) yield memory.subarray(0, filled)
}
