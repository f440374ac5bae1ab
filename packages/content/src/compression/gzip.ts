import { promisify } from 'node:util'
import { constants, crc32, deflateRaw, type ZlibOptions } from 'node:zlib'
import { compact } from './compact.ts'
import { fixedBlocks } from './fixed-blocks.ts'
import { mapOrdered } from '../storage/map-ordered.ts'
import type { Bytes } from '../storage/storage.ts'

/** Part of the format: a change gives every layer another digest. Measured in the README. */
const blockSize = 512 * 1024
const defaultLevel = 4
const memLevel = 9
/**
 * Room for most results: zlib is called once for a block, not once per 16 KiB. Room for every
 * result would mostly be unused memory.
 */
const chunkSize = blockSize / 2
/** As far back as DEFLATE can point (RFC 1951 § 2). */
const windowSize = 32 * 1024

/** RFC 1952 § 2.3: no name, no time, operating system unknown. */
const header = Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff])
/** An empty last block. */
const lastBlock = Buffer.from([0x03, 0x00])

const deflateBlock = promisify<Uint8Array, ZlibOptions, Buffer>(deflateRaw)

/**
 * Compresses to one gzip member. Blocks of fixed size are deflated independently on zlib's threads.
 * Each is primed with the 32 KiB before it and ends at a byte border. So the result depends on
 * content and level only, not on chunks or threads.
 */
export async function* compressGzip(
  bytes: Bytes,
  level: number = defaultLevel,
): AsyncGenerator<Uint8Array, void, undefined> {
  let checksum = 0
  let size = 0
  const spare: Uint8Array[] = []
  async function* primed(): AsyncGenerator<
    { readonly block: Uint8Array; readonly dictionary: Uint8Array | undefined },
    void,
    undefined
  > {
    let dictionary: Uint8Array | undefined
    for await (const block of fixedBlocks(bytes, blockSize, spare)) {
      checksum = crc32(block, checksum)
      size += block.length
      // A copy, because the block may be used and filled again before the next one arrives.
      const window = Buffer.from(block.subarray(-windowSize))
      yield { block, dictionary }
      dictionary = window
    }
  }

  yield header
  yield* mapOrdered(primed(), async ({ block, dictionary }) => {
    const options = {
      level,
      memLevel,
      chunkSize,
      finishFlush: constants.Z_SYNC_FLUSH,
      ...(dictionary && { dictionary }),
    }
    const deflated = await deflateBlock(block, options)
    if (block.length === blockSize) spare.push(block)
    return compact(deflated)
  })
  yield lastBlock
  yield trailer(checksum, size)
}

/**
 * Compresses bytes in memory to one gzip member. The same bytes and level always give the same
 * result.
 */
export async function gzipMember(bytes: Uint8Array, level: number = defaultLevel): Promise<Buffer> {
  const deflated = await deflateBlock(bytes, { level, memLevel })
  return Buffer.concat([header, deflated, trailer(crc32(bytes), bytes.length)])
}

/** RFC 1952 § 2.3.1: checksum, then size modulo 2^32. */
function trailer(checksum: number, size: number): Uint8Array {
  const bytes = Buffer.alloc(8)
  bytes.writeUInt32LE(checksum, 0)
  bytes.writeUInt32LE(size % 2 ** 32, 4)
  return bytes
}
