import { Code, type Client } from '@connectrpc/connect'
import { type Bytes, ContentError, type ContentTarget, fetchAll, oneChunk, readAll, verified } from '@tsbuild/content'
import type { Descriptor } from '@tsbuild/oci'
import { batchedSize, inBatches } from './batches.ts'
import { ByteStreams } from './byte-streams.ts'
import type { Channel } from './channel.ts'
import { type Blob, fromWire, keyOfDigest, type Named, toWire } from './digest.ts'
import { ReapiError, statusName } from './errors.ts'
import { ContentAddressableStorage } from './generated/remote_execution_pb.ts'
import type { Status } from './generated/status_pb.ts'

/**
 * The content-addressable storage of a server. Digests are those of OCI, so every blob of an image
 * is content of it. Small content travels in batches, other content as a stream that goes on where
 * it broke.
 */
export class ReapiContent implements ContentTarget {
  readonly #channel: Channel
  readonly #storage: Client<typeof ContentAddressableStorage>
  readonly #streams: ByteStreams

  constructor(channel: Channel) {
    this.#channel = channel
    this.#storage = channel.client(ContentAddressableStorage)
    this.#streams = new ByteStreams(channel)
  }

  async has(target: Named): Promise<boolean> {
    return (await this.missing([target])).length === 0
  }

  /** The contents of a list that the server lacks. */
  async missing<T extends Named>(targets: readonly T[], signal?: AbortSignal): Promise<readonly T[]> {
    const byKey = new Map(targets.filter(({ size }) => size > 0).map((target) => [keyOfDigest(target), target]))
    const answers = await Promise.all(
      inBatches([...byKey.values()], () => 80).map((batch) =>
        this.#channel.call(
          'find missing content',
          (options) => this.#storage.findMissingBlobs({ ...this.#instance(), blobDigests: batch.map(toWire) }, options),
          signal,
        ),
      ),
    )
    const names = answers.flatMap(({ missingBlobDigests }) => missingBlobDigests.map(fromWire))
    return names.flatMap((name) => byKey.get(keyOfDigest(name)) ?? [])
  }

  async open(target: Descriptor, signal?: AbortSignal): Promise<Bytes> {
    if (target.size === 0) return verified(oneChunk(new Uint8Array()), target)
    if (target.size > batchedSize) return verified(await this.#streams.read(target, signal), target)
    return verified(oneChunk(await this.#readOne(target, signal)), target)
  }

  /** Content in memory, verified, of at most `limit` bytes. Rejects as `open` and `fetchAll` do. */
  async fetch(target: Named, limit: number): Promise<Uint8Array> {
    return fetchAll(this, { ...target, mediaType: 'application/octet-stream' }, limit)
  }

  async put(expected: Descriptor, content: Bytes, signal?: AbortSignal): Promise<void> {
    if (expected.size > batchedSize) return this.#streams.write(expected, verified(content, expected), signal)
    const bytes = await readAll(verified(content, expected), expected.size)
    if (bytes.length > 0) await this.putAll([{ ...expected, bytes }], signal)
  }

  /** Stores small contents, in few calls. */
  async putAll(blobs: readonly Blob[], signal?: AbortSignal): Promise<void> {
    const small = blobs.filter(({ size }) => size <= batchedSize)
    const large = blobs.filter(({ size }) => size > batchedSize)
    await Promise.all([
      ...inBatches(small, ({ size }) => size + 100).map((batch) => this.#update(batch, signal)),
      ...large.map((blob) => this.#streams.write(blob, oneChunk(blob.bytes), signal)),
    ])
  }

  async #update(batch: readonly Blob[], signal: AbortSignal | undefined): Promise<void> {
    const requests = batch.map((blob) => ({ digest: toWire(blob), data: blob.bytes }))
    const { responses } = await this.#channel.call(
      'store content',
      (options) => this.#storage.batchUpdateBlobs({ ...this.#instance(), requests }, options),
      signal,
    )
    const stored = new Set<string>()
    for (const { digest, status } of responses) {
      refuse(status, 'store content')
      stored.add(keyOfDigest(fromWire(digest)))
    }
    if (batch.some((blob) => !stored.has(keyOfDigest(blob))))
      throw new ReapiError('REMOTE_INVALID', 'the server did not answer for all content that it was to store')
  }

  async #readOne(target: Descriptor, signal: AbortSignal | undefined): Promise<Uint8Array> {
    const { responses } = await this.#channel.call(
      'read content',
      (options) => this.#storage.batchReadBlobs({ ...this.#instance(), digests: [toWire(target)] }, options),
      signal,
    )
    const [response] = responses
    if (response === undefined || response.status?.code === Code.NotFound)
      throw new ContentError('NOT_FOUND', `content ${target.digest} is not in ${this.#channel.name}`)
    refuse(response.status, 'read content')
    return response.data
  }

  #instance(): { readonly instanceName: string } {
    return { instanceName: this.#channel.endpoint.instance ?? '' }
  }
}

/** Throws for the status of one content of a batch that is not OK. */
function refuse(status: Status | undefined, purpose: string): void {
  if (status === undefined || status.code === 0) return
  const { code, message } = status
  throw new ReapiError(
    code === Code.ResourceExhausted || code === Code.Unavailable ? 'REMOTE_UNAVAILABLE' : 'REMOTE_REFUSED',
    `${purpose}: ${statusName(code)}: ${message.slice(0, 300)}`,
    { status: code },
  )
}
