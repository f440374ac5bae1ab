import { createGunzip, createZstdDecompress, type Gunzip, type ZstdDecompress } from 'node:zlib'
import type { Compression } from './compression.ts'
import { ContentError } from '../storage/errors.ts'
import type { Bytes } from '../storage/storage.ts'

const outputSize = 128 * 1024

/**
 * Decompresses a stream in bounded memory, all its gzip members or zstd frames. Throws
 * `ContentError` `CONTENT_CORRUPT` for data that is damaged, cut off or followed by other bytes.
 * Errors of `bytes` itself pass unchanged.
 */
export function decompress(bytes: Bytes, type: Compression['type']): Bytes {
  switch (type) {
    case 'none':
      return bytes
    case 'gzip':
      return decode(bytes, () => createGunzip({ chunkSize: outputSize }))
    case 'zstd':
      return decode(bytes, () => createZstdDecompress({ chunkSize: outputSize }))
  }
}

/**
 * Node's decoders stop, without an error, after the end of a zstd frame or before zeros behind a
 * gzip member when that lies inside a chunk. The rest of the chunk goes to a fresh decoder, which
 * goes on with it or refuses it.
 */
async function* decode(
  bytes: Bytes,
  create: () => Gunzip | ZstdDecompress,
): AsyncGenerator<Uint8Array, void, undefined> {
  const input = new Input(bytes)
  try {
    while (!input.isDone) {
      const decoder = create()
      const feeding = feed(input, decoder)
      try {
        yield* decoder
      } catch (error) {
        throw input.failure === error ? error : corrupt(error)
      } finally {
        decoder.destroy()
      }
      await feeding
    }
  } finally {
    await input.close()
  }
}

/**
 * Writes chunk by chunk until the decoder or the input has ended. Bytes that the decoder did not
 * take go back to the input.
 */
async function feed(input: Input, decoder: Gunzip | ZstdDecompress): Promise<void> {
  const closed = new Promise<void>((resolve) => decoder.once('end', resolve).once('close', resolve))
  try {
    for (let chunk = await input.next(); chunk !== undefined; chunk = await input.next()) {
      const before = decoder.bytesWritten
      // A decoder that has ended inside the chunk never calls back.
      await Promise.race([closed, new Promise((resolve) => decoder.write(chunk, resolve))])
      const rest = chunk.subarray(decoder.bytesWritten - before)
      if (rest.length > 0 || decoder.destroyed) return input.putBack(rest)
    }
    decoder.end()
  } catch (error) {
    decoder.destroy(input.failure ?? (error instanceof Error ? error : new Error(String(error))))
  }
}

/** A stream that takes chunks back, and keeps the error that ended it. */
class Input {
  readonly #iterator: AsyncIterator<Uint8Array>
  #rest: Uint8Array | undefined
  isDone = false
  failure: Error | undefined

  constructor(bytes: Bytes) {
    this.#iterator = bytes[Symbol.asyncIterator]()
  }

  async next(): Promise<Uint8Array | undefined> {
    const rest = this.#rest
    this.#rest = undefined
    if (rest !== undefined) return rest
    try {
      const { done, value } = await this.#iterator.next()
      this.isDone = done === true
      return done === true ? undefined : value
    } catch (error) {
      this.failure = error instanceof Error ? error : new Error(String(error))
      throw error
    }
  }

  putBack(rest: Uint8Array): void {
    if (rest.length > 0) this.#rest = rest
  }

  async close(): Promise<void> {
    await this.#iterator.return?.()
  }
}

function corrupt(cause: unknown): ContentError {
  const reason = cause instanceof Error ? cause.message : String(cause)
  return new ContentError('CONTENT_CORRUPT', `cannot decompress content: ${reason}`, { cause })
}
