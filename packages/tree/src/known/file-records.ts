/** Facts that show whether a file has changed. */
export interface FileStat {
  readonly dev: bigint
  readonly ino: bigint
  readonly size: bigint
  readonly mtimeNs: bigint
  readonly ctimeNs: bigint
}

/**
 * Bytes of a `FileStat` written down: its five numbers in their order, 64 bits each, little-endian.
 */
export const statSize = 40
/** Bytes of a record: a stat and the SHA-256 of the file's content. */
export const recordSize = statSize + 32

/** Writes a stat to the beginning of `target`. */
export function writeStat(target: Buffer, { dev, ino, size, mtimeNs, ctimeNs }: FileStat): Buffer {
  target.writeBigUInt64LE(dev, 0)
  target.writeBigUInt64LE(ino, 8)
  target.writeBigUInt64LE(size, 16)
  // Before 1970 is possible.
  target.writeBigUInt64LE(BigInt.asUintN(64, mtimeNs), 24)
  target.writeBigUInt64LE(BigInt.asUintN(64, ctimeNs), 32)
  return target
}

const perBlock = 4096

/**
 * A list of records in large blocks: there may be 100,000s, for which objects would take four times
 * the room, and copying twice.
 */
export class FileRecords {
  readonly #size: number
  readonly #blocks: Buffer[] = []
  /** Number of records. */
  count = 0

  /** A list of whole records, or only of stats. */
  constructor(size = recordSize) {
    this.#size = size
  }

  /** Adds a record, to be written immediately. Returns its row. */
  add(): number {
    if (this.count % perBlock === 0) this.#blocks.push(Buffer.alloc(perBlock * this.#size))
    this.count += 1
    return this.count - 1
  }

  /** The bytes of a record. */
  at(row: number): Buffer {
    const from = (row % perBlock) * this.#size
    return this.#blocks[Math.floor(row / perBlock)]?.subarray(from, from + this.#size) ?? Buffer.alloc(0)
  }
}
