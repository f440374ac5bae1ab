import type { Bytes } from '@tsbuild/content'

/** Bytes of a stream that are kept to be sent once more. */
const window = 32 * 1024 * 1024

/**
 * A stream that can be sent again from an earlier place, as far as its last 32 MiB reach: a
 * transfer that broke goes on without its source being read twice.
 */
export class Replay {
  readonly #source: AsyncIterator<Uint8Array>
  readonly #kept: Uint8Array[] = []
  /** Place of the first kept byte, and of the next one to read. */
  #start = 0
  #end = 0

  constructor(source: Bytes) {
    this.#source = source[Symbol.asyncIterator]()
  }

  canStartAt(offset: number): boolean {
    return offset >= this.#start && offset <= this.#end
  }

  /** The bytes from `offset` on, in chunks of at most `size`. */
  async *from(offset: number, size: number): AsyncGenerator<Uint8Array, void, undefined> {
    for (let at = offset; ; ) {
      const chunk = this.#keptAt(at) ?? (await this.#read())
      if (chunk === undefined) return
      for (let start = 0; start < chunk.length; start += size) yield chunk.subarray(start, start + size)
      at += chunk.length
    }
  }

  /** Closes the source, read to its end or not. */
  async close(): Promise<void> {
    this.#kept.length = 0
    await this.#source.return?.()
  }

  #keptAt(offset: number): Uint8Array | undefined {
    let start = this.#start
    for (const chunk of this.#kept) {
      if (offset < start + chunk.length) return chunk.subarray(offset - start)
      start += chunk.length
    }
    return undefined
  }

  async #read(): Promise<Uint8Array | undefined> {
    const { done, value } = await this.#source.next()
    if (done === true) return undefined
    // A copy: the source may use the memory again.
    const chunk = Uint8Array.from(value)
    this.#kept.push(chunk)
    this.#end += chunk.length
    while (this.#end - this.#start > window && this.#kept.length > 1) this.#start += this.#kept.shift()?.length ?? 0
    return chunk
  }
}
