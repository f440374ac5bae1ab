import type { Bytes } from '@tsbuild/content'

/**
 * A stream that passes by and can be cut at its offsets afterwards; what has been taken is
 * forgotten.
 */
export class Tape {
  readonly #source: Bytes
  #held: Uint8Array[] = []
  #start = 0

  constructor(source: Bytes) {
    this.#source = source
  }

  /** The bytes themselves, in chunks that stay as they are. */
  async *play(): AsyncGenerator<Uint8Array, void, undefined> {
    for await (const chunk of this.#source) {
      const kept = Uint8Array.from(chunk)
      this.#held.push(kept)
      yield kept
    }
  }

  /** Bytes since the last cut, up to an offset or to the end so far. */
  take(end: number = Number.POSITIVE_INFINITY): readonly Uint8Array[] {
    const taken: Uint8Array[] = []
    while (this.#start < end) {
      const [first] = this.#held
      if (first === undefined) break
      const part = first.subarray(0, end - this.#start)
      taken.push(part)
      this.#start += part.length
      if (part.length === first.length) this.#held.shift()
      else this.#held[0] = first.subarray(part.length)
    }
    return taken
  }
}
