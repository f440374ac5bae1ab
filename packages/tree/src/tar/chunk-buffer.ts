const size = 256 * 1024
/** Larger pieces are not worth gathering. */
const smallSize = size / 4
const none: readonly Uint8Array[] = []

/**
 * Gathers small pieces into large chunks; large pieces pass through. Chunks given out are never
 * written to again, or, with `reuse`, not before the next piece is put in: for readers that are
 * done with a chunk when they ask for the next one.
 */
export class ChunkBuffer {
  static readonly smallSize: number = smallSize
  /** Bytes put in so far. */
  length = 0
  #buffer = Buffer.allocUnsafeSlow(size)
  /** The one given out before, when chunks may be written to again. */
  #spare: Buffer<ArrayBuffer> | undefined
  #from = 0
  #to = 0
  readonly #reuse: boolean

  constructor(reuse = false) {
    this.#reuse = reuse
  }

  /** Puts a piece in and returns the chunks that are ready because of it, in order. */
  push(piece: Uint8Array): readonly Uint8Array[] {
    if (piece.length > smallSize && this.#to + piece.length > size) {
      this.length += piece.length
      return [...this.flush(), piece]
    }
    return this.fill(piece.length, (buffer, at) => buffer.set(piece, at))
  }

  /** As `push`, for at most `smallSize` bytes that `write` puts at a given place. */
  fill(length: number, write: (buffer: Buffer, at: number) => void): readonly Uint8Array[] {
    let ready = none
    if (this.#to + length > size) {
      ready = this.flush()
      const next = this.#spare ?? Buffer.allocUnsafeSlow(size)
      if (this.#reuse) this.#spare = this.#buffer
      this.#buffer = next
      this.#from = 0
      this.#to = 0
    }
    write(this.#buffer, this.#to)
    this.#to += length
    this.length += length
    return ready
  }

  /** Remaining bytes. */
  flush(): readonly Uint8Array[] {
    if (this.#to === this.#from) return none
    const chunk = this.#buffer.subarray(this.#from, this.#to)
    this.#from = this.#to
    return [chunk]
  }
}
