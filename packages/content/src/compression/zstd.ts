import { promisify } from 'node:util'
import { constants, type ZstdOptions, zstdCompress } from 'node:zlib'
import { compact } from './compact.ts'
import { fixedBlocks } from './fixed-blocks.ts'
import { mapOrdered } from '../storage/map-ordered.ts'
import type { Bytes } from '../storage/storage.ts'

/** Part of the format: a change gives every layer another digest. Measured in the README. */
const frameSize = 1024 * 1024
const defaultLevel = 3
/** Room for any result, so that a frame is one call to zstd. */
const chunkSize = frameSize + 64 * 1024

const compressFrame = promisify<Uint8Array, ZstdOptions, Buffer>(zstdCompress)

/**
 * Compresses to independent zstd frames (RFC 8878 § 3.1) of fixed size, on zlib's threads. The
 * result depends on content and level only.
 */
export async function* compressZstd(
  bytes: Bytes,
  level: number = defaultLevel,
): AsyncGenerator<Uint8Array, void, undefined> {
  const params = { [constants.ZSTD_c_compressionLevel]: level, [constants.ZSTD_c_checksumFlag]: 1 }
  const spare: Uint8Array[] = []
  const frames = mapOrdered(fixedBlocks(bytes, frameSize, spare), async (block) => {
    const frame = await compressFrame(block, { params, chunkSize })
    if (block.length === frameSize) spare.push(block)
    return compact(frame)
  })
  let isEmpty = true
  for await (const frame of frames) {
    isEmpty = false
    yield frame
  }
  // Zero bytes are not a valid zstd file.
  if (isEmpty) yield await compressFrame(new Uint8Array(), { params })
}
