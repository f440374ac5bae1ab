import type { OnReadOpts, Socket } from 'node:net'
import { type Block, takeBlock } from '@tsbuild/content'
import { type Slice, sizeOf } from './slice.ts'

/** Bytes below which the rest of a block is not worth a read. */
const smallestRead = 64 * 1024
/** Bytes that are received ahead of their reader. */
const mostAhead = 1024 * 1024

/**
 * Receives bytes of a socket into blocks, without the stream of Node, which allocates memory for
 * every 64 KiB. While the reader is busy, bytes that arrive join one slice.
 */
export class SocketReader {
  /** Option of the socket to read. */
  readonly onread: OnReadOpts = { buffer: () => this.#space(), callback: (size) => this.#receive(size) }
  #socket: Socket | undefined
  #block: Block | undefined
  #filled = 0
  readonly #slices: Slice[] = []
  #ahead = 0
  #ended: { readonly error: Error | undefined } | undefined
  #wake: (() => void) | undefined

  /** To be called with the socket as soon as it is made. */
  attach(socket: Socket): void {
    this.#socket = socket
    let error: Error | undefined
    socket.on('error', (reason) => (error = reason))
    socket.on('close', () => {
      this.#block?.release()
      this.#block = undefined
      this.#ended = { error }
      this.#wake?.()
    })
    // Without a reader of its stream, a socket reports its end only when it flows.
    socket.resume()
  }

  /** The bytes received since the last call, at least one; undefined at the end. */
  async next(): Promise<Slice | undefined> {
    while (this.#slices.length === 0 && this.#ended === undefined)
      await new Promise<void>((resolve) => (this.#wake = resolve))
    this.#wake = undefined
    const slice = this.#slices.shift()
    if (slice === undefined) {
      if (this.#ended?.error !== undefined) throw this.#ended.error
      return undefined
    }
    const wasFull = this.#ahead >= mostAhead
    this.#ahead -= sizeOf(slice)
    if (wasFull && this.#ahead < mostAhead) this.#socket?.resume()
    return slice
  }

  /** Ends the connection and frees the bytes that were not read. */
  close(): void {
    this.#socket?.destroy()
    for (const { block } of this.#slices.splice(0)) block.release()
  }

  /** Memory for the next read. */
  #space(): Uint8Array {
    if (this.#block === undefined || this.#block.bytes.length - this.#filled < smallestRead) {
      this.#block?.release()
      this.#block = takeBlock()
      this.#filled = 0
    }
    return this.#block.bytes.subarray(this.#filled)
  }

  /** False to wait with the next read. */
  #receive(size: number): boolean {
    const block = this.#block
    if (block === undefined) return false
    const start = this.#filled
    this.#filled += size
    const last = this.#slices.at(-1)
    if (last?.block === block && last.end === start) this.#slices.splice(-1, 1, { ...last, end: this.#filled })
    else {
      block.hold()
      this.#slices.push({ block, start, end: this.#filled })
    }
    this.#ahead += size
    // Later than the other reads of this turn, which join the slice.
    if (this.#wake !== undefined) setImmediate(this.#wake)
    this.#wake = undefined
    return this.#ahead < mostAhead
  }
}
