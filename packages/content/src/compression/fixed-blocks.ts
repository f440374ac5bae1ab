import type { Bytes } from '../storage/storage.ts'

/**
 * The same bytes in blocks of exactly `size`, the last one shorter and never empty, for chunks of
 * any size. The caller owns the blocks. It may put used ones into `spare`, which are filled again,
 * so a long stream makes no garbage.
 */
export async function* fixedBlocks(
  bytes: Bytes,
  size: number,
  spare: Uint8Array[] = [],
): AsyncGenerator<Uint8Array, void, undefined> {
  const empty = (): Uint8Array => spare.pop() ?? Buffer.allocUnsafeSlow(size)
  let block = empty()
  let filled = 0
  for await (const chunk of bytes) {
    for (let offset = 0; offset < chunk.length; ) {
      const part = chunk.subarray(offset, offset + size - filled)
      block.set(part, filled)
      filled += part.length
      offset += part.length
      if (filled < size) continue
      yield block
      block = empty()
      filled = 0
    }
  }
  if (filled > 0) yield block.subarray(0, filled)
}
