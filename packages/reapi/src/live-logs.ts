import type { Client } from '@connectrpc/connect'
import type { Channel } from './channel.ts'
import { ByteStream } from './generated/bytestream_pb.ts'

/** Output of an action. */
export type LogStream = 'stdout' | 'stderr'

/** Bytes of one stream that are read while its action runs. */
const limit = 4 * 1024 * 1024

export interface LiveLogsParts {
  readonly signal: AbortSignal
  onOutput(stream: LogStream, data: Uint8Array): unknown
}

/**
 * Output of an action while it runs (REAPI v2, `stdout_stream_name`). The result of the action has
 * all of it, so a stream that fails just ends. Disposing ends the streams, and rejects with what
 * `onOutput` threw.
 */
export class LiveLogs implements AsyncDisposable {
  readonly #channel: Channel
  readonly #client: Client<typeof ByteStream>
  readonly #parts: LiveLogsParts
  readonly #ended = new AbortController()
  readonly #reading = new Map<LogStream, Promise<void>>()

  constructor(channel: Channel, parts: LiveLogsParts) {
    this.#channel = channel
    this.#client = channel.client(ByteStream, 'logs')
    this.#parts = parts
  }

  /** Begins to read a stream. Of several names for one stream, only the first is read. */
  open(stream: LogStream, name: string): void {
    if (name === '' || this.#reading.has(stream)) return
    const reading = this.#read(stream, name)
    reading.catch(() => undefined)
    this.#reading.set(stream, reading)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ended.abort()
    await Promise.all(this.#reading.values())
  }

  async #read(stream: LogStream, name: string): Promise<void> {
    const signal = AbortSignal.any([this.#parts.signal, this.#channel.signal, this.#ended.signal])
    for await (const data of this.#chunks(name, signal)) await this.#parts.onOutput(stream, data)
  }

  /** Ends with the stream, the signal, at the limit or with a failure that stays. */
  async *#chunks(resourceName: string, signal: AbortSignal): AsyncGenerator<Uint8Array, void, undefined> {
    let offset = 0
    for (let number = 1; ; number++) {
      try {
        for await (const message of this.#client.read({ resourceName, readOffset: BigInt(offset) }, { signal })) {
          const data = message.data.subarray(0, limit - offset)
          offset += data.length
          number = 1
          if (data.length > 0) yield data
          if (offset === limit) return
        }
        return
      } catch (error) {
        const again = this.#channel.waitToRetry(error, { number, purpose: 'read output', signal })
        if (await again.catch(() => true)) return
      }
    }
  }
}
