/** A text to find, and whose it is. */
interface Pattern {
  readonly id: string
  readonly bytes: Buffer
}

/** Place of a text that was found. */
export interface Found {
  readonly id: string
  readonly start: number
  readonly end: number
}

/** Bytes that are copied together before they are searched. */
const windowSize = 1 << 18

/**
 * Finds any of many texts in bytes (Wu and Manber, 1994): two bytes at a time tell how far the next
 * place is where a text can end, so that
 * most bytes are never looked at. All texts have two bytes or more.
 */
export class PatternSearch {
  /** Bytes of each text that the table is made of. */
  readonly #depth: number
  readonly #longest: number
  /**
   * By two bytes: how many bytes to go on. 0 where a text has them at the end of its first `depth`
   * bytes.
   */
  readonly #shifts: Uint8Array
  readonly #candidates = new Map<number, Pattern[]>()

  constructor(patterns: readonly Pattern[]) {
    this.#depth = Math.min(...patterns.map(({ bytes }) => bytes.length), 255)
    this.#longest = Math.max(...patterns.map(({ bytes }) => bytes.length))
    this.#shifts = new Uint8Array(1 << 16).fill(this.#depth - 1)
    for (const pattern of patterns) this.#add(pattern)
  }

  /** The first text in `bytes`. */
  find(bytes: Uint8Array): Found | undefined {
    const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
    const depth = this.#depth
    const shifts = this.#shifts
    for (let at = depth - 1; at < buffer.length; ) {
      const pair = ((buffer[at - 1] ?? 0) << 8) | (buffer[at] ?? 0)
      const shift = shifts[pair] ?? 0
      if (shift > 0) {
        at += shift
        continue
      }
      const start = at - depth + 1
      for (const { id, bytes: text } of this.#candidates.get(pair) ?? []) {
        const end = start + text.length
        if (end <= buffer.length && text.compare(buffer, start, end) === 0) return { id, start, end }
      }
      at += 1
    }
    return undefined
  }

  /**
   * Finds the secret whose text a stream has, across the borders of its chunks. Keeps little more
   * than the longest text, and reads on until it finds one.
   */
  async findIn(chunks: AsyncIterable<Uint8Array>): Promise<string | undefined> {
    const window = Buffer.allocUnsafe(Math.max(windowSize, 4 * this.#longest))
    let filled = 0
    const search = (): string | undefined => {
      const found = this.find(window.subarray(0, filled))
      const kept = Math.min(filled, this.#longest - 1)
      window.copyWithin(0, filled - kept, filled)
      filled = kept
      return found?.id
    }
    for await (const chunk of chunks) {
      for (let taken = 0; taken < chunk.length; ) {
        const part = chunk.subarray(taken, taken + window.length - filled)
        window.set(part, filled)
        filled += part.length
        taken += part.length
        const id = filled === window.length ? search() : undefined
        if (id !== undefined) return id
      }
    }
    return search()
  }

  /** A text to print: every text that is found in it is replaced. */
  mask(text: string): string {
    let rest = Buffer.from(text)
    const parts: Buffer[] = []
    for (let found = this.find(rest); found !== undefined; found = this.find(rest)) {
      parts.push(rest.subarray(0, found.start), Buffer.from('***'))
      rest = rest.subarray(found.end)
    }
    return Buffer.concat([...parts, rest]).toString()
  }

  #add(pattern: Pattern): void {
    for (let end = 1; end < this.#depth; end++) {
      const pair = ((pattern.bytes[end - 1] ?? 0) << 8) | (pattern.bytes[end] ?? 0)
      const shift = this.#depth - 1 - end
      this.#shifts[pair] = Math.min(this.#shifts[pair] ?? 0, shift)
      if (shift === 0) this.#candidates.set(pair, [...(this.#candidates.get(pair) ?? []), pattern])
    }
  }
}
