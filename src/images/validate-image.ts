import { type Bytes, type ContentSource, decompress, fetchAll, sniffCompression } from '@tsbuild/content'
import {
  algorithmOf,
  compressionOf,
  type Descriptor,
  type Digest,
  type DigestAlgorithm,
  endDigest,
  isForeignLayerType,
  isIndexType,
  isLayerType,
  isManifestType,
  parseImageConfig,
  parseIndex,
  parseManifest,
  startDigest,
} from '@tsbuild/oci'
import { indexTar } from '@tsbuild/tree'
import { isImageConfig } from './read-image.ts'

/** A fault of an image. */
export interface Fault {
  readonly digest: Digest
  /** Place in the image, such as `manifests[0].layers[2]`. */
  readonly place: string
  readonly reason: string
}

/** Contents of an image that were read, and the faults found. */
export interface Validation {
  readonly checked: number
  /** Number of contents by the algorithm of their digests. */
  readonly digests: Readonly<Partial<Record<DigestAlgorithm, number>>>
  /** Bytes. */
  readonly size: number
  readonly faults: readonly Fault[]
}

const maximumDepth = 8

/**
 * Reads everything of an image and checks each digest, size and media type, the documents, and
 * every layer: its compression, its tar and its diffId. Network errors reject; faults of the image
 * are returned.
 */
export async function validateImage(
  { descriptor, content }: { readonly descriptor: Descriptor; readonly content: ContentSource },
  signal: AbortSignal,
): Promise<Validation> {
  const validator = new Validator(content, signal)
  await validator.document(descriptor, '', 0)
  const { seen, size, faults } = validator
  return { checked: seen.size, digests: countAlgorithms(seen), size, faults }
}

function countAlgorithms(digests: ReadonlySet<Digest>): Validation['digests'] {
  const counts: Partial<Record<DigestAlgorithm, number>> = {}
  for (const digest of digests) counts[algorithmOf(digest)] = (counts[algorithmOf(digest)] ?? 0) + 1
  return counts
}

class Validator {
  readonly seen = new Set<Digest>()
  readonly faults: Fault[] = []
  size = 0
  readonly #content: ContentSource
  readonly #signal: AbortSignal

  constructor(content: ContentSource, signal: AbortSignal) {
    this.#content = content
    this.#signal = signal
  }

  async document(node: Descriptor, place: string, depth: number): Promise<void> {
    const at = place === '' ? 'image' : place
    await this.#check(node, at, async () => {
      const bytes = await fetchAll(this.#content, node)
      if (isManifestType(node.mediaType)) return this.#manifest(bytes, place)
      if (!isIndexType(node.mediaType)) throw new FoundFault(`unknown media type ${node.mediaType} of a manifest`)
      if (depth >= maximumDepth) throw new FoundFault('indexes are nested too deeply')
      for (const [index, child] of parseIndex(bytes).manifests.entries())
        await this.document(child, `${prefix(place)}manifests[${index}]`, depth + 1)
    })
  }

  async #manifest(bytes: Uint8Array, place: string): Promise<void> {
    const { config, layers } = parseManifest(bytes)
    let diffIds: readonly Digest[] | undefined
    await this.#check(config, `${prefix(place)}config`, async () => {
      if (!isImageConfig(config)) return this.#blob(config)
      diffIds = parseImageConfig(await fetchAll(this.#content, config)).rootfs.diff_ids
      if (diffIds.length !== layers.length)
        throw new FoundFault(`${diffIds.length} diff_ids for ${layers.length} layers`)
    })
    for (const [index, layer] of layers.entries())
      await this.#check(layer, `${prefix(place)}layers[${index}]`, async () => {
        if (diffIds === undefined) return this.#blob(layer)
        await this.#layer(layer, diffIds[index])
      })
  }

  async #blob(node: Descriptor): Promise<void> {
    for await (const _ of await this.#content.open(node, this.#signal));
  }

  async #layer(node: Descriptor, diffId: Digest | undefined): Promise<void> {
    // Attestations are layers of images as well, with types of their own.
    if (!isLayerType(node.mediaType)) return this.#blob(node)
    if (isForeignLayerType(node.mediaType) && !(await this.#content.has(node))) return
    const iterator = (await this.#content.open(node, this.#signal))[Symbol.asyncIterator]()
    const first = await iterator.next()
    const found = first.done ? 'none' : sniffCompression(first.value)
    const named = compressionOf(node.mediaType)
    async function* all(): AsyncGenerator<Uint8Array> {
      if (!first.done) yield first.value
      for (let next = await iterator.next(); !next.done; next = await iterator.next()) yield next.value
    }
    if (found !== named) {
      for await (const _ of all());
      throw new FoundFault(`the media type means compression ${named}, the content has ${found}`)
    }
    const actual = await digestOfTar(decompress(all(), found), diffId && algorithmOf(diffId))
    if (diffId !== undefined && actual !== diffId)
      throw new FoundFault(`the tar is ${actual}, the config has ${diffId}`)
  }

  /** Runs one check, once for each content; its failure is a fault of the image. */
  async #check(node: Descriptor, place: string, check: () => Promise<void>): Promise<void> {
    if (this.seen.has(node.digest)) return
    this.seen.add(node.digest)
    this.size += node.size
    try {
      await check()
    } catch (error) {
      this.#signal.throwIfAborted()
      if (!(error instanceof Error) || !isFault(error)) throw error
      this.faults.push({ digest: node.digest, place, reason: error.message })
    }
  }
}

/** A fault that this file found. */
class FoundFault extends Error {}

const contentCodes: ReadonlySet<string> = new Set([
  'CONTENT_CORRUPT',
  'DESCRIPTOR_INVALID',
  'DIGEST_INVALID',
  'DIGEST_MISMATCH',
  'INDEX_INVALID',
  'CONFIG_INVALID',
  'LAYER_INVALID',
  'LAYER_PATH_ESCAPE',
  'MANIFEST_INVALID',
  'NAME_NOT_UTF8',
  'NOT_FOUND',
  'REGISTRY_WRONG_CONTENT',
  'SIZE_MISMATCH',
  'TAR_CHECKSUM',
  'TAR_INVALID',
  'TAR_TOO_LARGE',
  'TAR_TRUNCATED',
  'TAR_UNSUPPORTED',
  'TOO_LARGE',
])

function isFault(error: Error): boolean {
  return error instanceof FoundFault || ('code' in error && contentCodes.has(String(error.code)))
}

/** Digest of a tar that is read to its end, as a layer. */
async function digestOfTar(bytes: Bytes, algorithm: DigestAlgorithm | undefined): Promise<Digest> {
  const hash = startDigest(algorithm)
  async function* hashed(): AsyncGenerator<Uint8Array> {
    for await (const chunk of bytes) {
      hash.update(chunk)
      yield chunk
    }
  }
  for await (const _ of indexTar(hashed()));
  return endDigest(hash, algorithm)
}

function prefix(place: string): string {
  return place === '' ? '' : `${place}.`
}
