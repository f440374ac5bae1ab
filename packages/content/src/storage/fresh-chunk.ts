const fresh = new WeakSet<Uint8Array>()
/** Memory below this size, in bytes, may be part of a pool (`Buffer.poolSize`). */
const smallest = 16 * 1024

/**
 * Marks a chunk whose memory was made for it, and whose earlier parts, if it is the end of a larger
 * piece, come before it in the same stream.
 */
export function markFresh(chunk: Uint8Array): Uint8Array {
  const { buffer, byteOffset, byteLength } = chunk
  if (buffer.byteLength >= smallest && byteOffset + byteLength === buffer.byteLength) fresh.add(chunk)
  return chunk
}

/**
 * Frees the memory of a fresh chunk at once; does nothing to others. Left to the garbage collector,
 * chunks of a large transfer cost a full collection every 64 MiB: half of the processor time of a
 * download, and twice its memory.
 *
 * The chunk is empty afterwards. It must not be in use by a write that is still under way.
 */
export function freeChunk(chunk: Uint8Array): void {
  if (fresh.delete(chunk) && chunk.buffer instanceof ArrayBuffer) chunk.buffer.transfer(0)
}
