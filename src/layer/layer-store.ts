import { existsSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import {
  type BlobDirectory,
  compress,
  type Compression,
  type ContentSource,
  decompress,
  OciLayout,
} from '@tsbuild/content'
import {
  algorithmOf,
  compressionOf,
  type Descriptor,
  type Digest,
  familiarReference,
  mediaTypes,
  parseReference,
} from '@tsbuild/oci'
import { decodeIndex, type Diff, listingDigest } from '@tsbuild/tree'
import { asTransferError } from '../transfer-error.ts'
import { commitDiff } from './commit-diff.ts'
import { fetchLayer, indexLayer, readIndex } from './fetch-layer.ts'
import type { Layer } from './layer.ts'
import {
  type ImagePlace,
  type LayerOrigin,
  type LayerRecord,
  readLayerRecord,
  writeLayerRecord,
} from './layer-record.ts'
import { openSlice, readSlice } from './open-slice.ts'
import { prepareRoot } from './disk/prepare-root.ts'
import { StoreError } from './disk/store-error.ts'
import { isStoredAs, layerMediaType, storedForm, withoutLevel } from './stored-form.ts'
import { type StorePaths, storePaths } from './disk/store-paths.ts'

/** Finds the source of a layer's bytes again from what its record says. */
export type OriginResolver = (place: ImagePlace) => ContentSource | undefined

/**
 * The layers of a store: makes `Layer`s from diffs, blobs and records, and keeps what their
 * representations turn out to be.
 */
export class LayerStore {
  readonly paths: StorePaths
  /** The image part: blobs, and names for manifests. */
  readonly images: OciLayout
  /** Reason why the store can only be read; undefined for a writable one. */
  readonly refusal: StoreError | undefined
  readonly #resolveOrigin: OriginResolver
  readonly #expanding = new Map<Digest, Promise<string>>()

  private constructor(
    {
      paths,
      images,
      refusal,
    }: { readonly paths: StorePaths; readonly images: OciLayout; readonly refusal?: StoreError },
    resolveOrigin: OriginResolver = () => undefined,
  ) {
    this.paths = paths
    this.images = images
    this.refusal = refusal
    this.#resolveOrigin = resolveOrigin
  }

  /**
   * Opens the store in `root`, made first if it is missing, and removes what killed processes left
   * in it. Refuses a store that a newer tsbuild wrote. One that is not `durable` is removed before
   * the machine can start again.
   */
  static async open(
    root: string,
    resolveOrigin?: OriginResolver,
    { durable = true }: { readonly durable?: boolean } = {},
  ): Promise<LayerStore> {
    // Before the layout, whose making also writes out the names of directories beside it.
    const paths = await prepareRoot(root, { durable })
    const images = await OciLayout.create(paths.layout, { temporary: paths.temporary, durable })
    return new LayerStore({ paths, images }, resolveOrigin)
  }

  /**
   * Opens the store like `open`, or, if it exists and cannot be written, for reading: `refusal`
   * then has the reason.
   */
  static async openForReading(root: string, resolveOrigin?: OriginResolver): Promise<LayerStore> {
    try {
      return await LayerStore.open(root, resolveOrigin)
    } catch (error) {
      const paths = storePaths(root)
      if (!(error instanceof StoreError) || error.code !== 'STORE_UNUSABLE' || !existsSync(paths.layout)) throw error
      return new LayerStore({ paths, images: await OciLayout.open(paths.layout), refusal: error }, resolveOrigin)
    }
  }

  /**
   * Opens the store for a process that its opener started. What is unfinished goes to `temporary`,
   * which the opener removes.
   */
  static async join(
    root: string,
    place: { readonly temporary: string; readonly durable: boolean },
  ): Promise<LayerStore> {
    const paths = storePaths(root, place)
    return new LayerStore({ paths, images: await OciLayout.open(paths.layout, place) })
  }

  get blobs(): BlobDirectory {
    return this.images.blobs
  }

  /**
   * A layer whose diff is known and whose tar is written when somebody asks for it. `compression`
   * is the form it gets then.
   */
  fromDiff(diff: Diff, compression: Compression): Layer {
    let committed: Promise<Layer> | undefined
    const commit = (): Promise<Layer> =>
      (committed ??= commitDiff(this, diff, { compression }).then(({ id, record }) => this.#recorded(id, record)))
    let id: Digest | undefined
    return {
      // Many a layer is never asked: of a context only what is read of it counts.
      get id() {
        return (id ??= listingDigest(diff))
      },
      diff: async () => diff,
      diffId: async () => (await commit()).diffId(),
      blob: async (wanted) => (await commit()).blob(wanted),
      created: async () => (await commit()).created(),
    }
  }

  /** A layer of a published image; its bytes are fetched when they are needed and not before. */
  fromBlob(diffId: Digest, origin: LayerOrigin): Layer {
    const { digest, size, mediaType } = origin.descriptor
    return this.#recorded(diffId, {
      diffId,
      blobs: [storedForm({ digest, size }, { type: compressionOf(mediaType) })],
      origin,
    })
  }

  /**
   * Brings the bytes of a layer that was made elsewhere into the store, verified; it is then as if
   * made here. Rejects as `source` does, and with `LAYER_CORRUPT` for another layer.
   */
  async receive(
    id: Digest,
    { diffId, created, blob }: { readonly diffId: Digest; readonly created?: string; readonly blob: Descriptor },
    source: ContentSource,
  ): Promise<Layer> {
    await fetchLayer(this, { diffId, descriptor: withoutLevel(blob) }, source)
    return this.#recorded(
      id,
      await writeLayerRecord(this.paths, { diffId, blobs: [blob], ...(created !== undefined && { created }) }),
    )
  }

  /**
   * A layer of an image that is only read: its bytes are fetched from `source` at once, unless the
   * store has them. Rejects as `receive` does.
   */
  async adopt(diffId: Digest, blob: Descriptor, source: ContentSource): Promise<Layer> {
    const form = storedForm(blob, { type: compressionOf(blob.mediaType) })
    if (await this.blobs.has(form)) return this.#recorded(diffId, { diffId, blobs: [form] })
    return this.receive(diffId, { diffId, blob: form }, source)
  }

  /**
   * Loads a layer: one that was made here or, with `origin`, one of a published image, whose record
   * is then not used. The same bytes are often both, or in several images. Undefined when the store
   * has neither its bytes nor an origin.
   */
  async load(id: Digest, diffId: Digest, origin?: LayerOrigin): Promise<Layer | undefined> {
    if (origin !== undefined) return this.fromBlob(diffId, origin)
    const known = await readLayerRecord(this.paths, diffId)
    if (known === undefined) return undefined
    const { origin: _, ...record } = known
    return (await this.#present(record)) === undefined ? undefined : this.#recorded(id, record)
  }

  #recorded(id: Digest, given: LayerRecord): Layer {
    const { diffId, origin } = given
    const source = origin && this.#resolveOrigin(origin)
    let diff: Promise<Diff> | undefined
    return {
      id,
      diffId: async () => diffId,
      created: async () => given.created ?? (await readLayerRecord(this.paths, diffId))?.created,
      diff: () => (diff ??= this.#diff(given)),
      blob: (compression) => this.#blob(given, compression),
      ...(origin && source && { origin: { ...origin, source } }),
    }
  }

  async #diff(record: LayerRecord): Promise<Diff> {
    const index = (await readIndex(this.paths, record.diffId)) ?? (await this.#reindex(record))
    const tar = (): Promise<string> => this.#expanded(record)
    return decodeIndex(index, {
      open: (place) => openSlice(tar, place),
      readAt: (start, length) => readSlice(tar, start, length),
    })
  }

  /**
   * Bytes of the index of a layer without one: made while its blob streams into the store, or from
   * the stored blob.
   */
  async #reindex(record: LayerRecord): Promise<Uint8Array> {
    const present = await this.#present(record)
    if (present === undefined) await this.#fetch(record)
    else
      await indexLayer(
        this.paths,
        record.diffId,
        decompress(await this.blobs.open(present), compressionOf(present.mediaType)),
      )
    const index = await readIndex(this.paths, record.diffId)
    if (index === undefined)
      throw new StoreError('STORE_UNUSABLE', `cannot read back the index of layer ${record.diffId}`)
    return index
  }

  async #blob(given: LayerRecord, compression: Compression | undefined): Promise<Descriptor> {
    const known = await readLayerRecord(this.paths, given.diffId)
    const record = known ? { ...known, blobs: [...given.blobs, ...known.blobs] } : given
    const present = await this.#present(record, compression)
    if (present) return present
    const any = (await this.#present(record)) ?? (await this.#fetch(record))
    if (compression === undefined || isStoredAs(any, compression)) return any
    const plain = decompress(await this.blobs.open(any), compressionOf(any.mediaType))
    const made = await this.blobs.ingest(compress(plain, compression))
    await writeLayerRecord(this.paths, { diffId: given.diffId, blobs: [storedForm(made, compression)] })
    return { mediaType: layerMediaType(compression), ...made }
  }

  /** Stored form whose blob exists; any level will do unless one is requested. */
  async #present(record: LayerRecord, compression?: Compression): Promise<Descriptor | undefined> {
    for (const blob of record.blobs) {
      if (compression && !isStoredAs(blob, compression)) continue
      if (await this.blobs.has(blob)) return withoutLevel(blob)
    }
    return undefined
  }

  /** Brings a pulled layer into the store; digest, diffId and index in the same pass. */
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
      await fetchLayer(this, { diffId, descriptor: origin.descriptor }, source)
    } catch (error) {
      if (origin.reference === undefined) throw error
      throw asTransferError(`pull ${familiarReference(parseReference(origin.reference))}`, error)
    }
    await writeLayerRecord(this.paths, { diffId, blobs: [descriptor], origin })
    return descriptor
  }

  /**
   * Path of the layer's plain tar, which files are read from; decompressed once when only a
   * compressed form is stored.
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
    const path = this.blobs.pathOf(diffId)
    if ((await this.blobs.use(diffId)) !== undefined) return path
    const blob = await this.#blob(record, undefined)
    const { digest, size } = await this.blobs.ingest(
      decompress(await this.blobs.open(blob), compressionOf(blob.mediaType)),
      undefined,
      algorithmOf(diffId),
    )
    if (digest !== diffId) {
      await rm(this.blobs.pathOf(digest), { force: true })
      throw new StoreError('LAYER_CORRUPT', `layer content is ${digest}, but ${diffId} was expected`)
    }
    await writeLayerRecord(this.paths, { diffId, blobs: [{ mediaType: mediaTypes.ociLayer, digest, size }] })
    return path
  }
}
