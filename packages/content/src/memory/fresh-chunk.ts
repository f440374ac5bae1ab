/** Memory below this size, in bytes, may be part of a pool (`Buffer.poolSize`). */
const smallest = 16 * 1024

interface Loan {
  /** The consumer of the stream, until it frees the chunk, and those that called `holdChunk`. */
  holders: number
  isFreed: boolean
  readonly release: () => void
}

const loans = new WeakMap<Uint8Array, Loan>()

/**
 * Lets the consumer of a stream give the memory of a chunk back: `release` is called once, after
 * `freeChunk` and the end of every `holdChunk`. Without `freeChunk` it is never called.
 */
export function lendChunk(chunk: Uint8Array, release: () => void): Uint8Array {
  loans.set(chunk, { holders: 1, isFreed: false, release })
  return chunk
}

/**
 * Marks a chunk that owns its memory. If it is the end of a larger piece, the earlier parts precede
 * it in the same stream. Freed, it is empty.
 */
export function markFresh(chunk: Uint8Array): Uint8Array {
  const { buffer, byteOffset, byteLength } = chunk
  if (buffer.byteLength < smallest || byteOffset + byteLength !== buffer.byteLength) return chunk
  return buffer instanceof ArrayBuffer ? lendChunk(chunk, () => void buffer.transfer(0)) : chunk
}

/**
 * Returns the memory of a lent chunk for reuse. Has no effect on other chunks or when called again.
 * Without this, chunks of a large transfer cause a full garbage collection every 64 MiB: half of
 * the processor time of a download, and twice its memory.
 *
 * The chunk must not be read afterwards, nor be in use by a write that is still under way.
 */
export function freeChunk(chunk: Uint8Array): void {
  const loan = loans.get(chunk)
  if (loan === undefined || loan.isFreed) return
  loan.isFreed = true
  drop(chunk, loan)
}

/**
 * Keeps the memory of a lent chunk, even when its consumer frees it, until the result is called.
 * Undefined for other chunks.
 */
export function holdChunk(chunk: Uint8Array): (() => void) | undefined {
  const loan = loans.get(chunk)
  if (loan === undefined) return undefined
  loan.holders += 1
  let isHeld = true
  return () => {
    if (isHeld) drop(chunk, loan)
    isHeld = false
  }
}

function drop(chunk: Uint8Array, loan: Loan): void {
  loan.holders -= 1
  if (loan.holders > 0) return
  loans.delete(chunk)
  loan.release()
}
