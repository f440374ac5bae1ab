/** A part of a file. */
export interface Extent {
  readonly start: number
  readonly length: number
}

/**
 * The parts of a sparse file that an archive holds, in order, one behind the other; all else of the
 * file is zeros.
 */
export type Extents = readonly Extent[]

/** A run of bytes that an archive holds, or of zeros that it leaves out. */
export interface Piece {
  readonly length: number
  readonly isHole: boolean
}

/** The pieces of a file of `size` bytes, in order. Without `stored` the archive holds all of it. */
export function* piecesOf(
  size: number,
  stored: Extents = [{ start: 0, length: size }],
): Generator<Piece, void, undefined> {
  let at = 0
  for (const { start, length } of stored) {
    if (start > at) yield { length: start - at, isHole: true }
    if (length > 0) yield { length, isHole: false }
    at = start + length
  }
  if (at < size) yield { length: size - at, isHole: true }
}

const zeros = new Uint8Array(1 << 18)

/** The bytes of a hole. They are views of one buffer, which must not be changed. */
export function* holeBytes(length: number): Generator<Uint8Array, void, undefined> {
  for (let left = length; left > 0; left -= zeros.length) yield zeros.subarray(0, left)
}

/** True for a chunk from `holeBytes`, so that a file system may leave it out. */
export function isHole(chunk: Uint8Array): boolean {
  return chunk.buffer === zeros.buffer
}
