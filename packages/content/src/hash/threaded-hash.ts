import { type Digest, type DigestAlgorithm, digestOfHex } from '@tsbuild/oci'
import { holdChunk } from '../memory/fresh-chunk.ts'
import { type Block, blockSize, takeSharedBlock } from '../memory/shared-memory.ts'
import type { HashAnswer } from './hash-messages.ts'
import { chooseThread, type HashChannel } from './hash-thread.ts'
import type { StreamHash } from './stream-hash.ts'

/** Bytes of a message: with 64 KiB, messages take as long as the hash. */
const batchSize = 512 * 1024
/** Bytes that may wait for the thread. */
const longestQueue = 4 * blockSize

/** A chunk that the thread is reading or will read. */
interface Sent {
  readonly size: number
  readonly release: () => void
}

/**
 * A hash that another thread computes. It reads lent chunks of shared memory where they are, and
 * others from a copy.
 */
export class ThreadedHash implements StreamHash {
  readonly #algorithm: DigestAlgorithm
  readonly #channel: HashChannel
  readonly #result = Promise.withResolvers<Digest>()
  readonly #sent: Sent[] = []
  #queued = 0
  #turn: PromiseWithResolvers<void> | undefined
  #failure: Error | undefined
  #batch: Uint8Array[] = []
  #batched = 0
  #copies: { readonly block: Block; filled: number } | undefined
  #isEnded = false

  constructor(algorithm: DigestAlgorithm) {
    this.#algorithm = algorithm
    // After `close` the failure has no observer, and must not count as unhandled.
    this.#result.promise.catch(() => {})
    this.#channel = chooseThread().add({
      onAnswer: (answer) => this.#receive(answer),
      onFailure: (error) => this.#fail(error),
    })
  }

  update(chunk: Uint8Array): Promise<void> | undefined {
    if (this.#failure !== undefined) return Promise.reject(this.#failure)
    const release = chunk.buffer instanceof SharedArrayBuffer ? holdChunk(chunk) : undefined
    if (release !== undefined) this.#add(chunk, release)
    else for (let copied = 0; copied < chunk.length; ) copied += this.#addCopy(chunk.subarray(copied))
    if (this.#queued <= longestQueue) return undefined
    this.#turn = Promise.withResolvers()
    return this.#turn.promise
  }

  digest(): Promise<Digest> {
    this.#end('digest')
    return this.#result.promise
  }

  close(): void {
    this.#end('close')
  }

  #add(chunk: Uint8Array, release: () => void): void {
    this.#sent.push({ size: chunk.length, release })
    this.#batch.push(chunk)
    this.#queued += chunk.length
    this.#batched += chunk.length
    if (this.#batched >= batchSize) this.#post()
  }

  /** Adds a copy of the beginning of the chunk. Returns the number of bytes copied. */
  #addCopy(chunk: Uint8Array): number {
    const copies = (this.#copies ??= { block: takeSharedBlock(), filled: 0 })
    const { block, filled } = copies
    const part = chunk.subarray(0, blockSize - filled)
    const copy = block.bytes.subarray(filled, filled + part.length)
    copy.set(part)
    copies.filled += part.length
    block.hold()
    this.#add(copy, () => block.release())
    if (copies.filled === blockSize) this.#dropCopies()
    return part.length
  }

  #dropCopies(): void {
    this.#copies?.block.release()
    this.#copies = undefined
  }

  #end(how: 'digest' | 'close'): void {
    if (this.#isEnded) return
    this.#isEnded = true
    this.#dropCopies()
    if (this.#failure === undefined) this.#post(how)
  }

  #post(end?: 'digest' | 'close'): void {
    this.#channel.post({ algorithm: this.#algorithm, chunks: this.#batch, ...(end && { end }) })
    this.#batch = []
    this.#batched = 0
  }

  #receive({ done, digest }: HashAnswer): void {
    this.#drop(done)
    if (this.#queued <= longestQueue) this.#turn?.resolve()
    if (digest !== undefined) this.#result.resolve(digestOfHex(digest) ?? `${this.#algorithm}:${digest}`)
  }

  #fail(error: Error): void {
    this.#failure = error
    this.#turn?.resolve()
    this.#result.reject(error)
    this.#drop(this.#sent.length)
  }

  #drop(count: number): void {
    for (const { size, release } of this.#sent.splice(0, count)) {
      this.#queued -= size
      release()
    }
  }
}
