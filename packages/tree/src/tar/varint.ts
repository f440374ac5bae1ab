/** Writes natural numbers, seven bits a byte, low bits first; the top bit says that more follow. */
export class VarintWriter {
  #bytes = Buffer.allocUnsafe(1 << 12)
  #length = 0

  write(value: number): void {
    if (this.#length + 10 > this.#bytes.length) this.#bytes = Buffer.concat([this.#bytes], this.#bytes.length * 2)
    let rest = value
    while (rest > 127) {
      this.#bytes[this.#length++] = (rest % 128) | 128
      rest = Math.floor(rest / 128)
    }
    this.#bytes[this.#length++] = rest
  }

  bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#length)
  }
}

/** Reads what `VarintWriter` wrote; past the end every number is `NaN`. */
export class VarintReader {
  #at = 0
  readonly #bytes: Uint8Array

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  read(): number {
    const first = this.#bytes[this.#at++]
    if (first === undefined) return Number.NaN
    if (first < 128) return first
    let value = first & 127
    for (let scale = 128; ; scale *= 128) {
      const byte = this.#bytes[this.#at++]
      if (byte === undefined) return Number.NaN
      value += (byte & 127) * scale
      if (byte < 128) return value
    }
  }

  /** True when exactly everything has been read. */
  isAtEnd(): boolean {
    return this.#at === this.#bytes.length
  }
}
