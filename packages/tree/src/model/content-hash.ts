import { createHash, hash, type Hash } from 'node:crypto'
import type { Digest } from '@tsbuild/oci'

/** Digest of bytes that come in pieces. Pieces must not change until the next call. */
export class ContentHash {
  // What comes in one piece is hashed by one call: most files are small, and a hash object costs
  // more than hashing them.
  #first: Uint8Array | undefined
  #whole: Hash | undefined

  update(piece: Uint8Array): void {
    if (this.#whole !== undefined) this.#whole.update(piece)
    else if (this.#first === undefined) this.#first = piece
    else this.#whole = createHash('sha256').update(this.#first).update(piece)
  }

  digest(): Digest {
    return `sha256:${this.#whole?.digest('hex') ?? hash('sha256', this.#first ?? '', 'hex')}`
  }
}

/** Digest of a stream's bytes; throws the signal's reason between two pieces once it has fired. */
export async function digestOfStream(bytes: AsyncIterable<Uint8Array>, signal?: AbortSignal): Promise<Digest> {
  const content = new ContentHash()
  for await (const piece of bytes) {
    signal?.throwIfAborted()
    content.update(piece)
  }
  return content.digest()
}
