import type { Bytes } from '@tsbuild/content'

interface Cursor {
  readonly iterator: AsyncIterator<Uint8Array>
  /** Offset of the first byte of `rest`. */
  position: number
  /** Bytes that were read and belong to a later part. */
  rest: Uint8Array
}

const nothing = new Uint8Array()

/**
 * Reads a blob in parts. A part that follows the last one continues its stream; any other part
 * opens the content again and skips to its start.
 */
export class BlobReader {
  readonly #open: () => Bytes
  readonly #size: number
  readonly #failures: unknown[] = []
  #cursor: Cursor | undefined

  /** `size` is that of the content, in bytes. */
  constructor(open: () => Bytes, size: number) {
    this.#open = open
    this.#size = size
  }

  /**
   * The bytes from `start` to `end`, which is not included. The last part reads to the end of the
   * content, where its checks are.
   */
  async *read(start: number, end: number): AsyncGenerator<Uint8Array, void, undefined> {
    const cursor = this.#seek(start)
    while (cursor.position < end || end === this.#size) {
      if (cursor.rest.length === 0) {
        const step = await this.#next(cursor)
        if (step === undefined) return
        cursor.rest = step
      }
      const skipped = Math.max(0, start - cursor.position)
      const { rest } = cursor
      const isWhole = skipped === 0 && rest.length <= end - cursor.position
      const part = isWhole ? rest : rest.subarray(skipped, Math.max(skipped, end - cursor.position))
      const used = Math.min(rest.length, skipped + part.length)
      cursor.rest = rest.subarray(used)
      cursor.position += used
      if (part.length > 0) yield part
    }
  }

  /** Gives the stream up: the next part opens the content again. Throws what the content threw. */
  reset(): void {
    // A read may be under way, and its end is not worth waiting for.
    void this.#cursor?.iterator.return?.()?.then(undefined, () => {})
    this.#cursor = undefined
    if (this.#failures.length > 0) throw this.#failures[0]
  }

  #seek(start: number): Cursor {
    if (this.#cursor !== undefined && this.#cursor.position === start) return this.#cursor
    void this.#cursor?.iterator.return?.()?.then(undefined, () => {})
    this.#cursor = { iterator: this.#open()[Symbol.asyncIterator](), position: 0, rest: nothing }
    return this.#cursor
  }

  async #next({ iterator }: Cursor): Promise<Uint8Array | undefined> {
    try {
      const step = await iterator.next()
      return step.done === true ? undefined : step.value
    } catch (error) {
      this.#failures.push(error)
      throw error
    }
  }
}
