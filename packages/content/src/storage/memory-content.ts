import { type Descriptor, type Digest, type DigestAlgorithm, digestOf } from '@tsbuild/oci'
import { abortable } from './abortable.ts'
import { ContentError } from './errors.ts'
import { readAll } from './read-all.ts'
import type { Bytes, ContentIngester, ContentTarget, Tagger, TagResolver } from './storage.ts'
import { verified } from './verified.ts'

/** Content and names in memory: for small images, tests and temporary results. */
export class MemoryContent implements ContentTarget, ContentIngester, TagResolver, Tagger {
  readonly #blobs = new Map<Digest, Uint8Array>()
  readonly #tags = new Map<string, Descriptor>()

  async has(target: Descriptor): Promise<boolean> {
    return this.#blobs.get(target.digest)?.length === target.size
  }

  async open(target: Descriptor, signal?: AbortSignal): Promise<Bytes> {
    const blob = this.#blobs.get(target.digest)
    if (blob === undefined) throw new ContentError('NOT_FOUND', `no content ${target.digest} in memory`)
    const bytes = verified(oneChunk(blob), target)
    return signal === undefined ? bytes : abortable(bytes, signal)
  }

  async put(expected: Descriptor, content: Bytes, signal?: AbortSignal): Promise<void> {
    if (await this.has(expected)) return
    const bytes = signal === undefined ? content : abortable(content, signal)
    this.#blobs.set(expected.digest, await readAll(verified(bytes, expected), expected.size))
  }

  async ingest(
    content: Bytes,
    signal?: AbortSignal,
    algorithm?: DigestAlgorithm,
  ): Promise<{ readonly digest: Digest; readonly size: number }> {
    const blob = await readAll(signal === undefined ? content : abortable(content, signal), Number.POSITIVE_INFINITY)
    const digest = digestOf(blob, algorithm)
    this.#blobs.set(digest, blob)
    return { digest, size: blob.length }
  }

  async resolve(reference: string): Promise<Descriptor> {
    const target = this.#tags.get(reference)
    if (target === undefined) throw new ContentError('NOT_FOUND', `no image "${reference}" in memory`)
    return target
  }

  async tag(target: Descriptor, reference: string): Promise<void> {
    if (!(await this.has(target)))
      throw new ContentError('NOT_FOUND', `cannot tag "${reference}": no content ${target.digest} in memory`)
    this.#tags.set(reference, target)
  }
}

/** A stream of one chunk. */
export async function* oneChunk(bytes: Uint8Array): AsyncGenerator<Uint8Array, void, undefined> {
  yield bytes
}
