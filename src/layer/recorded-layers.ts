import { rm } from 'node:fs/promises'
import { compress, type Compression, type ContentSource, decompress } from '@tsbuild/content'
import {
  algorithmOf,
  compressionOf,
  type Descriptor,
  type Digest,
  familiarReference,
  mediaTypes,
  parseReference,
} from '@tsbuild/oci'
import { decodeIndex, type Diff } from '@tsbuild/tree'
import { asTransferError } from '../transfer-error.ts'
import { StoreError } from './disk/store-error.ts'
import type { Layer } from './layer.ts'
import type { LayerFiles } from './stored/commit-diff.ts'
import { fetchLayer, indexLayer, readIndex } from './stored/fetch-layer.ts'
import { type ImagePlace, type LayerRecord, readLayerRecord, writeLayerRecord } from './stored/layer-record.ts'
import { openSlice, readSlice } from './stored/open-slice.ts'
import { isStoredAs, layerMediaType, storedForm, withoutLevel } from './stored/stored-form.ts'

/** Finds the source of a pulled layer by the place in its record. */
export type OriginResolver = (place: ImagePlace) => ContentSource | undefined

/** Makes layers from records. Their bytes are fetched, indexed and converted on first use. */
export class RecordedLayers {
  readonly #files: LayerFiles
  readonly #resolveOrigin: OriginResolver
  readonly #signal: AbortSignal | undefined
  readonly #expanding = new Map<Digest, Promise<string>>()

  /** `signal` ends the writing of blobs. */
  constructor(
    files: LayerFiles,
    { resolveOrigin, signal }: { readonly resolveOrigin: OriginResolver; readonly signal?: AbortSignal | undefined },
  ) {
    this.#files = files
    this.#resolveOrigin = resolveOrigin
    this.#signal = signal
  }

  /** The layer of a record, with the identity that cache keys use for it. */
  layer(id: Digest, given: LayerRecord): Layer {
    const { diffId, origin } = given
    const source = origin && this.#resolveOrigin(origin)
    let diff: Promise<Diff> | undefined
    return {
      id,
      diffId: async () => diffId,
      created: async () => given.created ?? (await readLayerRecord(this.#files.paths, diffId))?.created,
      diff: () => (diff ??= this.#diff(given)),
      blob: (compression) => this.#blob(given, compression),
      ...(origin && source && { origin: { ...origin, source } }),
    }
  }

  async #diff(record: LayerRecord): Promise<Diff> {
    const index = (await readIndex(this.#files.paths, record.diffId)) ?? (await this.#reindex(record))
    const tar = (): Promise<string> => this.#expanded(record)
    return decodeIndex(index, {
      open: (place) => openSlice(tar, place),
      readAt: (start, length) => readSlice(tar, start, length),
    })
  }

  /**
   * Writes the index of a layer, from the stored blob or while the blob is fetched. Resolves with
   * its bytes.
   */
  async #reindex(record: LayerRecord): Promise<Uint8Array> {
    const present = await this.#present(record)
    if (present === undefined) await this.#fetch(record)
    else
      await indexLayer(
        this.#files.paths,
        record.diffId,
        decompress(await this.#files.blobs.open(present), compressionOf(present.mediaType)),
      )
    const index = await readIndex(this.#files.paths, record.diffId)
    if (index === undefined)
      throw new StoreError('STORE_UNUSABLE', `cannot read back the index of layer ${record.diffId}`)
    return index
  }

  async #blob(given: LayerRecord, compression: Compression | undefined): Promise<Descriptor> {
    const known = await readLayerRecord(this.#files.paths, given.diffId)
    const record = known ? { ...known, blobs: [...given.blobs, ...known.blobs] } : given
    const present = await this.#present(record, compression)
    if (present) return present
    const any = (await this.#present(record)) ?? (await this.#fetch(record))
    if (compression === undefined || isStoredAs(any, compression)) return any
    const plain = decompress(await this.#files.blobs.open(any), compressionOf(any.mediaType))
    const made = await this.#files.blobs.ingest(compress(plain, compression), this.#signal)
    await writeLayerRecord(this.#files.paths, { diffId: given.diffId, blobs: [storedForm(made, compression)] })
    return { mediaType: layerMediaType(compression), ...made }
  }

  /** True if the store has the bytes of a layer in any form. */
  async isStored(record: LayerRecord): Promise<boolean> {
    return (await this.#present(record)) !== undefined
  }

  /** Stored form whose blob exists. Any level will do unless one is requested. */
  async #present(record: LayerRecord, compression?: Compression): Promise<Descriptor | undefined> {
    for (const blob of record.blobs) {
      if (compression && !isStoredAs(blob, compression)) continue
      if (await this.#files.blobs.has(blob)) return withoutLevel(blob)
    }
    return undefined
  }

  /** Fetches the blob of a pulled layer into the store. */
  async #fetch(record: LayerRecord): Promise<Descriptor> {
    const { diffId, origin } = record
    const source = origin && this.#resolveOrigin(origin)
    if (!origin || !source) {
      throw new StoreError('LAYER_GONE', `cannot find layer ${diffId}: its blob is not in the store`, {
        hint: 'build once with --no-cache',
      })
    }
    const { digest, size, mediaType } = origin.descriptor
    const descriptor = storedForm({ digest, size }, { type: compressionOf(mediaType) })
    try {
      await fetchLayer(this.#files, { diffId, descriptor: origin.descriptor }, source)
    } catch (error) {
      if (origin.reference === undefined) throw error
      throw asTransferError(`pull ${familiarReference(parseReference(origin.reference))}`, error)
    }
    await writeLayerRecord(this.#files.paths, { diffId, blobs: [descriptor], origin })
    return descriptor
  }

  /**
   * Path of the uncompressed tar of a layer, from which files are read. Decompresses it once if
   * only a compressed form is stored.
   */
  #expanded(record: LayerRecord): Promise<string> {
    const { diffId } = record
    const known = this.#expanding.get(diffId)
    if (known) return known
    const expanding = this.#expand(record)
    this.#expanding.set(diffId, expanding)
    expanding.catch(() => this.#expanding.delete(diffId))
    return expanding
  }

  async #expand(record: LayerRecord): Promise<string> {
    const { diffId } = record
    const path = this.#files.blobs.pathOf(diffId)
    if ((await this.#files.blobs.use(diffId)) !== undefined) return path
    const blob = await this.#blob(record, undefined)
    const { digest, size } = await this.#files.blobs.ingest(
      decompress(await this.#files.blobs.open(blob), compressionOf(blob.mediaType)),
      this.#signal,
      algorithmOf(diffId),
    )
    if (digest !== diffId) {
      await rm(this.#files.blobs.pathOf(digest), { force: true })
      throw new StoreError('LAYER_CORRUPT', `layer content is ${digest}, but ${diffId} was expected`)
    }
    await writeLayerRecord(this.#files.paths, { diffId, blobs: [{ mediaType: mediaTypes.ociLayer, digest, size }] })
    return path
  }
}
