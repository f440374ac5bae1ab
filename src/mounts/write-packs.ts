import { promisify } from 'node:util'
import { constants, zstdCompress } from 'node:zlib'
import { type Bytes, type ContentIngester, mapOrdered } from '@tsbuild/content'
import type { Digest } from '@tsbuild/oci'
import type { MountChunk, MountPack } from './mount-manifest.ts'
import { packSize } from './plan-packs.ts'

const compress = promisify(zstdCompress)
const params = { [constants.ZSTD_c_compressionLevel]: 3 }

/** Writes chunks into packs, in their order; each is a zstd frame if that is smaller. */
export async function writePacks(
  chunks: AsyncIterable<{ readonly digest: Digest; readonly content: Buffer }>,
  blobs: ContentIngester,
  signal: AbortSignal,
): Promise<readonly MountPack[]> {
  const frames = mapOrdered(chunks, async ({ digest, content }) => {
    const frame = await compress(content, { params })
    return { digest, size: content.length, bytes: frame.length < content.length ? frame : content }
  })
  const packs: MountPack[] = []
  try {
    for (let next = await frames.next(); next.done !== true; next = await frames.next()) {
      const listed: MountChunk[] = []
      let { value } = next
      const body = async function* (): Bytes & AsyncGenerator<Uint8Array, void, undefined> {
        for (let size = 0; ; ) {
          const { digest, bytes } = value
          listed.push({ digest, size: value.size, stored: bytes.length })
          size += bytes.length
          yield bytes
          const following = size < packSize ? await frames.next() : undefined
          if (following === undefined || following.done === true) return
          ;({ value } = following)
        }
      }
      packs.push({ ...(await blobs.ingest(body(), signal)), chunks: listed })
    }
  } finally {
    await frames.return()
  }
  return packs
}
