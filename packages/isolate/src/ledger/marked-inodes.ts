import type { Memory, System } from '../listener/system.ts'

/** Bytes: many more than a ledger usually has entries. */
const size = 1 << 20

/**
 * Inode numbers that a handler has to look at, as bytes that rows can test. Numbers that differ by
 * a multiple of the size share one. A mark stays when the file has gone.
 */
export class MarkedInodes {
  readonly #bytes: Memory

  constructor(system: System) {
    this.#bytes = system.allocate(size)
  }

  /** Arguments of a row of the kind `mark`. */
  get place(): readonly [bytes: number, mask: number] {
    return [this.#bytes.address, size - 1]
  }

  mark(inode: number): void {
    // Numbers of 64 bits, as some network file systems have, are not exact here.
    if (Number.isSafeInteger(inode)) this.#bytes.bytes[inode % size] = 1
    else this.#bytes.bytes.fill(1)
  }
}
