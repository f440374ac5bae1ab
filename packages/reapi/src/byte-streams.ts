import { randomUUID } from 'node:crypto'
import { Code, type Client, ConnectError } from '@connectrpc/connect'
import { type Bytes, ContentError, PaceClock } from '@tsbuild/content'
import { hexOf } from '@tsbuild/oci'
import type { Channel } from './channel.ts'
import type { Named } from './digest.ts'
import { resourceName } from './endpoint.ts'
import { ReapiError } from './errors.ts'
import { Replay } from './replay.ts'
import { ByteStream } from './generated/bytestream_pb.ts'

/** Bytes of one message of an upload. */
const chunkSize = 512 * 1024

/** Content as streams of bytes, which go on where they broke. */
export class ByteStreams {
  readonly #channel: Channel
  readonly #client: Client<typeof ByteStream>

  constructor(channel: Channel) {
    this.#channel = channel
    this.#client = channel.client(ByteStream)
  }

  /** Opens content for reading; not verified. Rejects with `NOT_FOUND` before the first byte. */
  async read(target: Named, signal: AbortSignal = this.#channel.signal): Promise<Bytes> {
    const bytes = this.#read(target, signal)
    // The first chunk says whether the content exists.
    const first = await bytes.next()
    return (async function* () {
      if (first.done === true) return
      yield first.value
      yield* bytes
    })()
  }

  async *#read(target: Named, signal: AbortSignal): AsyncGenerator<Uint8Array, void, undefined> {
    const name = resourceName(this.#channel.endpoint, 'blobs', hexOf(target.digest), String(target.size))
    const purpose = `read content ${target.digest}`
    let offset = 0
    for (let number = 1; offset < target.size; ) {
      const stalled = new AbortController()
      const clock = new PaceClock(this.#channel.patience.pace, (reason) => stalled.abort(tooSlow(reason)))
      try {
        clock.start()
        const stream = this.#client.read(
          { resourceName: name, readOffset: BigInt(offset) },
          { signal: AbortSignal.any([signal, this.#channel.signal, stalled.signal]) },
        )
        for await (const { data } of stream) {
          clock.stop(data.length)
          offset += data.length
          if (data.length > 0) number = 1
          if (data.length > 0) yield data
          // More than was asked: the consumer verifies the size and ends the stream.
          clock.start()
        }
        if (offset < target.size) throw new ConnectError('the stream ended early', Code.Unavailable)
      } catch (error) {
        const reason: unknown = stalled.signal.aborted ? stalled.signal.reason : error
        if (reason instanceof ConnectError && reason.code === Code.NotFound)
          throw new ContentError('NOT_FOUND', `content ${target.digest} is not in ${this.#channel.name}`)
        await this.#channel.waitToRetry(reason, { number, purpose, signal })
        number += 1
      } finally {
        clock.stop()
        stalled.abort()
      }
    }
  }

  /** Writes content, of which the source is read once. */
  async write(target: Named, content: Bytes, signal: AbortSignal = this.#channel.signal): Promise<void> {
    const replay = new Replay(content)
    const resource = { name: this.#uploadName(target), size: target.size }
    const purpose = `store content ${target.digest}`
    try {
      let offset = 0
      for (let number = 1; ; number++) {
        try {
          return await this.#send(resource, replay, { offset, signal })
        } catch (error) {
          await this.#channel.waitToRetry(error, { number, purpose, signal })
          const committed = await this.#committed(resource.name, signal)
          if (committed > offset) number = 1
          offset = replay.canStartAt(committed) ? committed : 0
          if (!replay.canStartAt(offset)) throw explainLost(error, purpose)
          // A new name: a half-written upload may be in the way under the old one.
          if (offset === 0) resource.name = this.#uploadName(target)
        }
      }
    } finally {
      await replay.close()
    }
  }

  async #send(
    { name, size }: { readonly name: string; readonly size: number },
    replay: Replay,
    { offset, signal }: { readonly offset: number; readonly signal: AbortSignal },
  ): Promise<void> {
    const stalled = new AbortController()
    const clock = new PaceClock(this.#channel.patience.pace, (reason) => stalled.abort(tooSlow(reason)))
    let failure: unknown
    async function* requests(): AsyncGenerator<{
      resourceName: string
      writeOffset: bigint
      finishWrite: boolean
      data: Uint8Array<ArrayBuffer>
    }> {
      let at = offset
      // The server has all bytes, and lost only the end.
      if (at === size) yield { resourceName: name, writeOffset: BigInt(at), finishWrite: true, data: new Uint8Array() }
      try {
        for await (const data of replay.from(offset, chunkSize)) {
          const finishWrite = at + data.length === size
          clock.start()
          yield { resourceName: name, writeOffset: BigInt(at), finishWrite, data: Uint8Array.from(data) }
          clock.stop(data.length)
          at += data.length
        }
      } catch (error) {
        failure = error
        throw error
      }
      clock.start()
    }
    try {
      const { committedSize } = await this.#client.write(requests(), {
        signal: AbortSignal.any([signal, this.#channel.signal, stalled.signal]),
      })
      if (Number(committedSize) !== size)
        throw new ReapiError('REMOTE_INVALID', `the server stored ${committedSize} of ${size} bytes`)
    } catch (error) {
      throw failure ?? (stalled.signal.aborted ? stalled.signal.reason : error)
    } finally {
      clock.stop()
      stalled.abort()
    }
  }

  /** Bytes of an upload that the server has; 0 where it does not know it. */
  async #committed(resourceName: string, signal: AbortSignal): Promise<number> {
    const timeoutMs = this.#channel.patience.timeout
    try {
      return Number((await this.#client.queryWriteStatus({ resourceName }, { signal, timeoutMs })).committedSize)
    } catch {
      return 0
    }
  }

  #uploadName({ digest, size }: Named): string {
    return resourceName(this.#channel.endpoint, 'uploads', randomUUID(), 'blobs', hexOf(digest), String(size))
  }
}

function tooSlow(reason: string): ConnectError {
  return new ConnectError(reason, Code.DeadlineExceeded)
}

function explainLost(cause: unknown, purpose: string): ReapiError {
  const reason = cause instanceof Error ? cause.message : String(cause)
  return new ReapiError('REMOTE_UNAVAILABLE', `${purpose}: ${reason}`, { cause })
}
