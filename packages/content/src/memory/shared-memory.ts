/**
 * Size of a block, in bytes. At this size the cost of a call is small compared to that of its
 * bytes.
 */
export const blockSize = 1024 * 1024

/**
 * Maximum number of shared blocks in use. The garbage collector does not see how large shared
 * memory is, so blocks that are not given back must not become many.
 */
const mostShared = 48

/** Bytes below which a whole block would be a waste. */
const smallestShared = 128 * 1024

/**
 * Bytes of a block that the garbage collector frees. It frees larger blocks late: with 1 MiB, an
 * archive of 3 GiB took 800 MiB.
 */
const largestOwn = 64 * 1024

const unused: SharedArrayBuffer[] = []
let shared = 0
/** Frees blocks whose holders were collected without freeing them. */
const lost = new FinalizationRegistry<void>(() => void (shared -= 1))

/** Memory to read into. It is used again when its last holder has released it. */
export class Block {
  readonly bytes: Uint8Array
  #holders = 1

  /** Made by `takeBlock`. */
  constructor(bytes: Uint8Array) {
    this.bytes = bytes
  }

  hold(): void {
    this.#holders += 1
  }

  release(): void {
    this.#holders -= 1
    if (this.#holders > 0) return
    const { buffer } = this.bytes
    if (buffer instanceof ArrayBuffer) {
      buffer.transfer(0)
      return
    }
    lost.unregister(this)
    shared -= 1
    unused.push(buffer)
  }
}

/**
 * A block with one holder, for `size` bytes or a part of them. Its memory is shared with threads,
 * unless it is small, or many shared blocks are in use. It has bytes of earlier uses.
 */
export function takeBlock(size: number = blockSize): Block {
  if (size >= smallestShared && shared < mostShared) return takeSharedBlock()
  return new Block(Buffer.allocUnsafeSlow(Math.max(1, Math.min(size, largestOwn))))
}

/** A shared block, for a holder that certainly gives it back. */
export function takeSharedBlock(): Block {
  shared += 1
  const block = new Block(new Uint8Array(unused.pop() ?? new SharedArrayBuffer(blockSize)))
  lost.register(block, undefined, block)
  return block
}
