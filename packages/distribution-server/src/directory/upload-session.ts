import type { Hash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import type { Bytes } from '@tsbuild/content'
import { type Digest, type DigestAlgorithm, endDigest, startDigest } from '@tsbuild/oci'
import { sizeOf } from './files.ts'

/** Bytes that are written at once. */
const batchSize = 1 << 20
/** Chunks that are written at once: a hostile client sends chunks of one byte. */
const batchChunks = 256
/**
 * Milliseconds after which fewer bytes are written too, so that a slow upload is not an idle one.
 */
const longestBatch = 10_000

/**
 * Bytes of one upload in a file, and the hash of them. The hash continues with each chunk; after a
 * restart, or when another process wrote, it catches up from the file.
 */
export class UploadSession {
  readonly #path: string
  #algorithm: DigestAlgorithm
  #hash: Hash
  /** Bytes in the hash. */
  #hashed = 0

  constructor(path: string, algorithm: DigestAlgorithm) {
    this.#path = path
    this.#algorithm = algorithm
    this.#hash = startDigest(algorithm)
  }

  async size(): Promise<number> {
    return (await sizeOf(this.#path)) ?? 0
  }

  /**
   * Writes the bytes behind those of the file. When the source breaks off, what arrived is kept. At
   * most `limit` bytes are taken; more reject with a `RangeError`.
   */
  async append(body: Bytes, limit = Number.POSITIVE_INFINITY): Promise<void> {
    await using file = await open(this.#path, 'a', 0o644)
    await this.#catchUp()
    let batch: Uint8Array[] = []
    let size = 0
    let taken = 0
    let flushed = performance.now()
    let writing: Promise<unknown> = Promise.resolve()
    const flush = async (): Promise<void> => {
      await writing
      writing = writeAll(file, batch)
      // It is awaited in its turn; failing earlier must not count as unhandled.
      writing.catch(() => undefined)
      batch = []
      size = 0
      flushed = performance.now()
    }
    try {
      for await (const chunk of body) {
        taken += chunk.length
        if (taken > limit) throw new RangeError(`more than ${limit} bytes`)
        this.#hash.update(chunk)
        this.#hashed += chunk.length
        batch.push(chunk)
        size += chunk.length
        const isFull = size >= batchSize || batch.length >= batchChunks
        if (isFull || performance.now() - flushed > longestBatch) await flush()
      }
    } finally {
      // A failed write leaves fewer bytes than the hash has; the next use notices.
      await flush()
      await writing
    }
  }

  /** Removes the bytes behind `size`. */
  async truncate(size: number): Promise<void> {
    await using file = await open(this.#path, 'r+')
    await file.truncate(size)
    this.#restart(this.#algorithm)
  }

  /** Digest of all bytes, which are on disk then. */
  async digest(algorithm: DigestAlgorithm): Promise<Digest> {
    await using file = await open(this.#path, 'a', 0o644)
    await file.datasync()
    if (algorithm !== this.#algorithm) this.#restart(algorithm)
    await this.#catchUp()
    return endDigest(this.#hash.copy(), algorithm)
  }

  #restart(algorithm: DigestAlgorithm): void {
    this.#algorithm = algorithm
    this.#hash = startDigest(algorithm)
    this.#hashed = 0
  }

  /** Brings the hash to the end of the file. Returns the size of the file. */
  async #catchUp(): Promise<number> {
    const size = await this.size()
    if (this.#hashed > size) this.#restart(this.#algorithm)
    if (this.#hashed < size) {
      for await (const chunk of createReadStream(this.#path, { start: this.#hashed, end: size - 1 })) {
        this.#hash.update(chunk)
        this.#hashed += chunk.length
      }
    }
    return size
  }
}

/** Appends all the chunks. Short writes are rare: signals, and disks about to be full. */
async function writeAll(file: FileHandle, chunks: readonly Uint8Array[]): Promise<void> {
  const { bytesWritten } = await file.writev(chunks)
  const size = chunks.reduce((sum, { length }) => sum + length, 0)
  if (bytesWritten < size) await file.appendFile(Buffer.concat(chunks).subarray(bytesWritten))
}
