import { once } from 'node:events'
import { fstatSync, writeSync } from 'node:fs'
import { Writable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { isatty } from 'node:tty'
import type { Sink } from './invocation.ts'

/** Milliseconds that a reader gets to take the rest of the output of an interrupted call. */
const grace = 1000

/**
 * Standard output or standard error of this process. Node discards what still waits in a pipe when
 * the process exits, so a call flushes both streams first. A failed write is remembered; later
 * writes are discarded.
 */
export class StandardStream implements Sink {
  readonly #stream: Writable & { readonly columns?: number; readonly rows?: number }
  readonly #signal: AbortSignal
  readonly isTTY: boolean
  #failure: Error | undefined
  #waiting: PromiseWithResolvers<void> | undefined

  /** The signal interrupts the call: from then on nothing waits for a slow reader. */
  constructor(descriptor: 1 | 2, signal: AbortSignal) {
    this.isTTY = isatty(descriptor)
    this.#stream = isFile(descriptor) ? fileStream(descriptor) : descriptor === 1 ? process.stdout : process.stderr
    this.#signal = signal
    this.#stream.on('drain', () => this.#release())
    this.#stream.on('error', (error) => {
      this.#failure ??= error
      this.#release()
    })
    signal.addEventListener('abort', () => this.#release())
  }

  get columns(): number | undefined {
    return this.#stream.columns
  }

  get rows(): number | undefined {
    return this.#stream.rows
  }

  /** The error of the first write that failed; `EPIPE` when the reader has gone. */
  get failure(): Error | undefined {
    return this.#failure
  }

  write(text: string | Uint8Array): void {
    if (this.#failure === undefined) this.#stream.write(text)
  }

  /** Resolves when the reader has caught up; undefined where there is no need to wait. */
  drained(): Promise<void> | undefined {
    if (!this.#stream.writableNeedDrain || this.#failure !== undefined || this.#signal.aborted) return undefined
    this.#waiting ??= Promise.withResolvers()
    return this.#waiting.promise
  }

  /**
   * Waits until everything is written, the stream fails, or an interrupted call has waited long
   * enough. True if it is written.
   */
  async flush(): Promise<boolean> {
    if (this.#failure !== undefined) return false
    const written = new Promise<boolean>((resolve) =>
      this.#stream.write('', (error) => resolve(error === undefined || error === null)),
    )
    const abandoned = new AbortController()
    try {
      return await Promise.race([written, this.#interrupted(abandoned.signal)])
    } finally {
      abandoned.abort()
    }
  }

  async #interrupted(abandoned: AbortSignal): Promise<false> {
    try {
      if (!this.#signal.aborted) await once(this.#signal, 'abort', { signal: abandoned })
      await sleep(grace, undefined, { signal: abandoned })
    } catch {
      // The output was written first.
    }
    return false
  }

  #release(): void {
    this.#waiting?.resolve()
    this.#waiting = undefined
  }
}

/** True for everything that Node writes synchronously, terminals aside. */
function isFile(descriptor: number): boolean {
  const stats = fstatSync(descriptor)
  return stats.isFile() || (stats.isCharacterDevice() && !isatty(descriptor))
}

/**
 * Node's own stream for files drops the rest of a write that the kernel cuts short, as on a full
 * disk.
 */
function fileStream(descriptor: number): Writable {
  return new Writable({
    decodeStrings: true,
    write: (chunk: Buffer, _encoding, done) => {
      try {
        for (let start = 0; start < chunk.length; ) start += writeSync(descriptor, chunk, start)
        done()
      } catch (error) {
        done(error instanceof Error ? error : new Error(String(error)))
      }
    },
  })
}
