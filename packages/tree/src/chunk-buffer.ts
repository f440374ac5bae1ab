const size = 256 * 1024
const none: readonly Uint8Array[] = []

/** Gathers small pieces into large chunks; large pieces pass through. Chunks given out are never written to again. */
export class ChunkBuffer {
  /** Bytes put in so far. */
  length = 0
  #buffer = Buffer.allocUnsafeSlow(size)
  #from = 0
  #to = 0

  /** Puts a piece in and returns the chunks that are ready because of it, in order. */
  push(piece: Uint8Array): readonly Uint8Array[] {
    this.length += piece.length
    if (this.#to + piece.length > size) {
      const before = this.flush()
      if (piece.length >= size / 4) return [...before, piece]
      this.#buffer = Buffer.allocUnsafeSlow(size)
      this.#from = 0
      this.#to = 0
      this.#add(piece)
      return before
    }
    this.#add(piece)
    return none
  }

  /** What is left. */
  flush(): readonly Uint8Array[] {
    if (this.#to === this.#from) return none
    const chunk = this.#buffer.subarray(this.#from, this.#to)
    this.#from = this.#to
    return [chunk]
  }

  #add(piece: Uint8Array): void {
    this.#buffer.set(piece, this.#to)
    this.#to += piece.length
  }
}
