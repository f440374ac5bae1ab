import type { Bytes } from './storage.ts'

/** The same bytes in blocks of exactly `size`, the last one shorter and never empty, whatever chunks they come in. Blocks are the caller's. */
export async function* fixedBlocks(bytes: Bytes, size: number): AsyncGenerator<Uint8Array, void, undefined> {
  let block = Buffer.allocUnsafeSlow(size)
  let filled = 0
  for await (const chunk of bytes) {
    for (let offset = 0; offset < chunk.length; ) {
      const part = chunk.subarray(offset, offset + size - filled)
      block.set(part, filled)
      filled += part.length
      offset += part.length
      if (filled < size) continue
      yield block
      block = Buffer.allocUnsafeSlow(size)
      filled = 0
    }
  }
  if (filled > 0) yield block.subarray(0, filled)
}
