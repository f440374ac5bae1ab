import { closeSync, openSync, readSync } from 'node:fs'
import { promisify } from 'node:util'
import { zstdDecompress } from 'node:zlib'
import { type BlobDirectory, ContentError } from '@tsbuild/content'
import { type Digest, digestOf } from '@tsbuild/oci'
import type { MountChunk, MountPack } from './mount-manifest.ts'

const decompress = promisify(zstdDecompress)
/** Packs that are open at the same time. */
const openPacks = 32

interface PlacedChunk extends MountChunk {
  readonly pack: Digest
  /** Byte of the pack. */
  readonly offset: number
}

/** Chunks of packs by their number. */
export class PackReader implements Disposable {
  readonly #blobs: BlobDirectory
  readonly #chunks: readonly PlacedChunk[]
  readonly #open = new Map<Digest, number>()

  constructor(packs: readonly MountPack[], blobs: BlobDirectory) {
    this.#blobs = blobs
    this.#chunks = packs.flatMap(({ digest: pack, chunks }) => {
      let offset = 0
      return chunks.map((chunk): PlacedChunk => {
        const placed = { ...chunk, pack, offset }
        offset += chunk.stored
        return placed
      })
    })
  }

  /** The verified content. Throws `ContentError` for other bytes than the manifest promises. */
  async read(number: number): Promise<Uint8Array> {
    const chunk = this.#chunks[number]
    if (chunk === undefined) throw new RangeError(`there is no chunk ${number}`)
    const { pack, offset, size, stored, digest } = chunk
    const bytes = Buffer.allocUnsafe(stored)
    const found = bytes.subarray(0, readSync(this.#descriptor(pack), bytes, 0, stored, offset))
    const content = stored < size ? await decompress(found, { maxOutputLength: size }) : found
    if (digestOf(content) === digest) return content
    throw new ContentError('DIGEST_MISMATCH', `a chunk of ${pack} is not ${digest}`)
  }

  [Symbol.dispose](): void {
    for (const fd of this.#open.values()) closeSync(fd)
    this.#open.clear()
  }

  /** The file of a pack, opened unless it is; then the one opened first may be closed. */
  #descriptor(pack: Digest): number {
    const known = this.#open.get(pack)
    if (known !== undefined) return known
    const [first] = this.#open
    if (first !== undefined && this.#open.size >= openPacks) {
      closeSync(first[1])
      this.#open.delete(first[0])
    }
    const fd = openSync(this.#blobs.pathOf(pack), 'r')
    this.#open.set(pack, fd)
    return fd
  }
}
