import { type Block, lendChunk } from '@tsbuild/content'

/** Received bytes in a block of memory, which they hold. */
export interface Slice {
  readonly block: Block
  /** Offsets in the block; `end` is not included. */
  readonly start: number
  readonly end: number
}

/** Part of a slice, from `from` to `to` in its own bytes, that holds the block as well. */
export function partOf({ block, start }: Slice, from: number, to: number): Slice {
  block.hold()
  return { block, start: start + from, end: start + to }
}

export function sizeOf({ start, end }: Slice): number {
  return end - start
}

/** The bytes, without a hold of their own. */
export function bytesOf({ block, start, end }: Slice): Buffer {
  const { buffer, byteOffset } = block.bytes
  return Buffer.from(buffer, byteOffset + start, end - start)
}

/** The bytes as a chunk, which takes over the hold. */
export function toChunk({ block, start, end }: Slice): Uint8Array {
  return lendChunk(block.bytes.subarray(start, end), () => block.release())
}
