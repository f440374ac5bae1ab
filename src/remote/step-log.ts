import { createHash } from 'node:crypto'
import { type ActionResult, fromWire, type LogStream, type Named } from '@tsbuild/reapi'
import type { RemoteIo } from '../op/run/remote-runs.ts'

/** Bytes of one stream of a step that are shown. */
const limit = 4 * 1024 * 1024

/** Milliseconds of silence before the reason is printed. */
const patience = 5000

/** Output of a step that was shown while it ran. */
interface Shown {
  size: number
  readonly hash: ReturnType<typeof createHash>
}

/**
 * Shows the output of one attempt of a step, once: the part that a server streams while it runs,
 * and the rest of the result.
 */
export class StepLog implements Disposable {
  readonly #io: Pick<RemoteIo, 'onOutput' | 'onNote'>
  readonly #server: string
  readonly #shown = new Map<LogStream, Shown>()
  #timer: NodeJS.Timeout | undefined

  constructor(server: string, io: Pick<RemoteIo, 'onOutput' | 'onNote'>) {
    this.#server = server
    this.#io = io
  }

  /** Waits for a stream that the server has not named: the step may run. */
  awaitStream(): void {
    const note = `runs; ${this.#server} shows output when a step ends`
    this.#timer ??= setTimeout(() => void this.#io.onNote(note), patience).unref()
  }

  /** There is a stream, or no output is to be expected yet. */
  stopWaiting(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
  }

  async show(stream: LogStream, data: Uint8Array): Promise<void> {
    const shown = this.#shown.get(stream) ?? { size: 0, hash: createHash('sha256') }
    this.#shown.set(stream, shown)
    shown.size += data.length
    shown.hash.update(data)
    await this.#io.onOutput(stream, data)
  }

  /** Shows the part of the output in a result that was not shown yet. */
  async finish(
    { stdoutRaw, stdoutDigest, stderrRaw, stderrDigest }: ActionResult,
    fetch: (named: Named, limit: number) => Promise<Uint8Array>,
  ): Promise<void> {
    await this.#rest('stdout', { raw: stdoutRaw, named: stdoutDigest && fromWire(stdoutDigest) }, fetch)
    await this.#rest('stderr', { raw: stderrRaw, named: stderrDigest && fromWire(stderrDigest) }, fetch)
  }

  [Symbol.dispose](): void {
    this.stopWaiting()
  }

  async #rest(
    stream: LogStream,
    { raw, named }: { readonly raw: Uint8Array; readonly named: Named | undefined },
    fetch: (named: Named, limit: number) => Promise<Uint8Array>,
  ): Promise<void> {
    const shown = this.#shown.get(stream)
    const size = raw.length > 0 ? raw.length : (named?.size ?? 0)
    if (size > limit) {
      const part = shown === undefined ? 'is not shown' : `is not shown after its first ${shown.size} bytes`
      return void (await this.#io.onNote(`a log of ${size} bytes ${part}`))
    }
    if (size === 0 || size === shown?.size) return
    const all = raw.length > 0 || named === undefined ? raw : await fetch(named, limit)
    const rest = shown === undefined ? all : restAfter(shown, all)
    // A server that merged or repeated executions may have streamed another one.
    if (rest === undefined) await this.#io.onNote(`${stream} again, of the execution that counts:`)
    await this.#io.onOutput(stream, rest ?? all)
  }
}

/** Bytes after those that were shown; undefined if they are other bytes. */
function restAfter({ size, hash }: Shown, all: Uint8Array): Uint8Array | undefined {
  const begin = createHash('sha256').update(all.subarray(0, size))
  return size <= all.length && begin.digest().equals(hash.copy().digest()) ? all.subarray(size) : undefined
}
