import { TarError } from './errors.ts'

const nothing = new Uint8Array(0)

/**
 * Reads a stream in pieces of asked-for length, without copying where a piece lies within one
 * chunk.
 */
export class ByteReader {
  /** Bytes handed out or skipped so far. */
  offset = 0
  #chunk: Uint8Array = nothing
  #at = 0
  readonly #chunks: AsyncIterator<Uint8Array>

  constructor(source: AsyncIterable<Uint8Array>) {
    this.#chunks = source[Symbol.asyncIterator]()
  }

  /** Exactly `length` bytes when they are at hand already; a fast path for `read`. */
  tryRead(length: number): Uint8Array | undefined {
    return this.#chunk.length - this.#at >= length ? this.#take(length) : undefined
  }

  /** Exactly `length` bytes, or `undefined` when the stream ends before the first of them. */
  async read(length: number): Promise<Uint8Array | undefined> {
    const ready = this.tryRead(length)
    if (ready !== undefined) return ready
    const start = this.offset
    const parts: Uint8Array[] = []
    let missing = length
    while (missing > 0) {
      const part = await this.readSome(missing)
      if (part === undefined && parts.length === 0) return undefined
      if (part === undefined) throw new TarError('TAR_TRUNCATED', 'archive ends inside a block', { offset: start })
      parts.push(part)
      missing -= part.length
    }
    return Buffer.concat(parts)
  }

  /** Between one byte and `most`, or `undefined` at the end of the stream. */
  async readSome(most: number): Promise<Uint8Array | undefined> {
    while (this.#at === this.#chunk.length) {
      const next = await this.#chunks.next()
      if (next.done === true) return undefined
      this.#chunk = next.value
      this.#at = 0
    }
    return this.#take(Math.min(most, this.#chunk.length - this.#at))
  }

  /** Reads on to the end of the stream, so that all of it is verified. */
  async drain(): Promise<void> {
    while ((await this.readSome(Number.POSITIVE_INFINITY)) !== undefined);
  }

  /** Lets go of the stream before its end. */
  async close(): Promise<void> {
    await this.#chunks.return?.()
  }

  #take(length: number): Uint8Array {
    const part = this.#chunk.subarray(this.#at, this.#at + length)
    this.#at += length
    this.offset += length
    return part
  }
}
