import type { Bytes } from '../storage/storage.ts'
import { gear } from './gear.ts'

/** Bytes of chunks. */
export interface ChunkSizes {
  /** No chunk but the last is smaller. */
  readonly min: number
  /** A power of two from 256 to 1 MiB. Chunks of random content have about this size. */
  readonly average: number
  /** No chunk is larger. */
  readonly max: number
}

/** Sizes for directories of build tools. A change of them cuts known content at other places. */
export const defaultChunkSizes: ChunkSizes = { min: 16 * 1024, average: 64 * 1024, max: 256 * 1024 }

/** Bits more, and less, than those of the average: most chunks then have nearly that size. */
const normalization = 2

/**
 * Cuts a stream at positions that its content decides. An insertion changes the chunks around it,
 * and the following ones stay the same. The cuts depend on content and sizes only.
 *
 * FastCDC: Xia et al., "FastCDC: a Fast and Efficient Content-Defined Chunking Approach for Data
 * Deduplication", USENIX ATC 2016, § 4, with a hash of 32 bits. A chunk is valid until the next one
 * is requested.
 */
export async function* cutChunks(
  bytes: Bytes,
  sizes: ChunkSizes = defaultChunkSizes,
): AsyncGenerator<Uint8Array, void, undefined> {
  const buffer = new Uint8Array(4 * sizes.max)
  let [start, end] = [0, 0]
  for await (const piece of bytes) {
    for (let taken = 0; taken < piece.length; ) {
      if (end === buffer.length) {
        buffer.copyWithin(0, start, end)
        ;[start, end] = [0, end - start]
      }
      const part = piece.subarray(taken, taken + buffer.length - end)
      buffer.set(part, end)
      taken += part.length
      end += part.length
      // With fewer bytes the place of the cut could depend on those that follow.
      while (end - start >= sizes.max) {
        const length = findCut(buffer.subarray(start, end), sizes)
        yield buffer.subarray(start, start + length)
        start += length
      }
    }
  }
  while (start < end) {
    const length = findCut(buffer.subarray(start, end), sizes)
    yield buffer.subarray(start, start + length)
    start += length
  }
}

/**
 * Length of the first chunk of `bytes`, which are the rest of the content or at least `max` of it.
 */
export function findCut(bytes: Uint8Array, { min, average, max }: ChunkSizes): number {
  const end = Math.min(bytes.length, max)
  if (end <= min) return end
  const bits = Math.log2(average)
  // The upper bits of the hash depend on the 32 bytes before a place, the lower ones on fewer.
  const [strict, lax] = [maskOf(bits + normalization), maskOf(bits - normalization)]
  const normal = Math.min(average, end)
  let hash = 0
  let at = min
  for (; at < normal; at++) {
    hash = ((hash << 1) + (gear[bytes[at] ?? 0] ?? 0)) | 0
    if ((hash & strict) === 0) return at + 1
  }
  for (; at < end; at++) {
    hash = ((hash << 1) + (gear[bytes[at] ?? 0] ?? 0)) | 0
    if ((hash & lax) === 0) return at + 1
  }
  return end
}

function maskOf(bits: number): number {
  return -1 << (32 - bits)
}
