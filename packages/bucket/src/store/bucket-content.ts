import {
  abortable,
  type Bytes,
  ContentError,
  type ContentTarget,
  fetchAll,
  MemoryContent,
  oneChunk,
  type Tagger,
  verified,
} from '@tsbuild/content'
import {
  type Descriptor,
  digestOf,
  isIndexType,
  isManifestType,
  mediaTypes,
  parseIndex,
  parseManifest,
} from '@tsbuild/oci'
import { discardContent, type HttpClient, type Opened, resume } from '@tsbuild/registry'
import type { Bucket } from './bucket.ts'

/**
 * A bucket as a content target. Blobs are objects of their own. A manifest is stored when it gets a
 * name, and is known before only to this object.
 */
export class BucketContent implements ContentTarget, Tagger {
  readonly #bucket: Bucket
  readonly #http: Pick<HttpClient, 'policy' | 'signal'>
  readonly #manifests = new MemoryContent()

  constructor(bucket: Bucket, http: Pick<HttpClient, 'policy' | 'signal'>) {
    this.#bucket = bucket
    this.#http = http
  }

  async has(target: Descriptor): Promise<boolean> {
    if (isManifest(target)) return this.#manifests.has(target)
    return (await this.#bucket.find(target)) === target.size
  }

  async open(target: Descriptor, signal: AbortSignal = this.#http.signal): Promise<Bytes> {
    if (isManifest(target)) return this.#manifests.open(target, signal)
    const open = async (offset: number): Promise<Opened> => {
      const opened = await this.#bucket.open(target, offset, signal)
      if (opened !== undefined) return opened
      throw new ContentError('NOT_FOUND', `${target.digest} does not exist`)
    }
    const { policy } = this.#http
    return verified(resume({ size: target.size, policy, signal, open }, await open(0)), target)
  }

  async put(expected: Descriptor, content: Bytes, signal?: AbortSignal): Promise<void> {
    if (isManifest(expected)) return this.#manifests.put(expected, content, signal)
    if (await this.has(expected)) return discardContent(content)
    await this.#bucket.put(expected, verified(signal ? abortable(content, signal) : content, expected), signal)
  }

  /** Stores a manifest under a name. */
  async tag(target: Descriptor, name: string): Promise<void> {
    await this.#bucket.writeManifest(name, await fetchAll(this, target))
  }

  /** Manifests under a name, the preferred one first. Throws `OciError` for other documents. */
  async list(name: string): Promise<readonly Descriptor[]> {
    const found = await this.#bucket.readManifests(name)
    return Promise.all(
      found.map(async (bytes) => {
        const descriptor = { mediaType: mediaTypeOf(bytes), digest: digestOf(bytes), size: bytes.length }
        await this.#manifests.put(descriptor, oneChunk(bytes))
        return descriptor
      }),
    )
  }
}

function isManifest({ mediaType }: Descriptor): boolean {
  return isManifestType(mediaType) || isIndexType(mediaType)
}

/** Media type of a manifest or index that has passed as one. */
function mediaTypeOf(bytes: Uint8Array): string {
  const value: unknown = JSON.parse(Buffer.from(bytes).toString('utf8'))
  const isIndex = typeof value === 'object' && value !== null && 'manifests' in value
  if (isIndex) parseIndex(bytes)
  else parseManifest(bytes)
  return isIndex ? mediaTypes.ociIndex : mediaTypes.ociManifest
}
