import { existsSync } from 'node:fs'
import { type BlobDirectory, type Compression, type ContentSource, OciLayout } from '@tsbuild/content'
import { compressionOf, type Descriptor, type Digest } from '@tsbuild/oci'
import { type Diff, listingDigest } from '@tsbuild/tree'
import { prepareRoot } from './disk/prepare-root.ts'
import { StoreError } from './disk/store-error.ts'
import { type StorePaths, storePaths } from './disk/store-paths.ts'
import type { Layer } from './layer.ts'
import { type OriginResolver, RecordedLayers } from './recorded-layers.ts'
import { commitDiff } from './stored/commit-diff.ts'
import { fetchLayer } from './stored/fetch-layer.ts'
import { type LayerOrigin, readLayerRecord, writeLayerRecord } from './stored/layer-record.ts'
import { storedForm, withoutLevel } from './stored/stored-form.ts'

/** The layers of a store. Makes a `Layer` from a diff, a published blob or a record. */
export class LayerStore {
  readonly paths: StorePaths
  /** The image part: blobs, and names for manifests. */
  readonly images: OciLayout
  /** Reason why the store can only be read. Undefined for a writable one. */
  readonly refusal: StoreError | undefined
  readonly #layers: RecordedLayers
  readonly #signal: AbortSignal | undefined

  private constructor(
    {
      paths,
      images,
      refusal,
      signal,
    }: {
      readonly paths: StorePaths
      readonly images: OciLayout
      readonly refusal?: StoreError
      readonly signal?: AbortSignal | undefined
    },
    resolveOrigin: OriginResolver = () => undefined,
  ) {
    this.paths = paths
    this.images = images
    this.refusal = refusal
    this.#signal = signal
    this.#layers = new RecordedLayers({ paths, blobs: images.blobs }, { resolveOrigin, signal })
  }

  /**
   * Opens the store in `root`, creates it if it is missing, and removes leftovers of killed
   * processes. Refuses a store that a newer tsbuild wrote. Without `durable` files are not synced:
   * for a store that is removed before the machine restarts. `signal` ends the writing of layers.
   */
  static async open(
    root: string,
    resolveOrigin?: OriginResolver,
    { durable = true, signal }: { readonly durable?: boolean; readonly signal?: AbortSignal } = {},
  ): Promise<LayerStore> {
    // Before the layout: creating the layout also syncs the names of the directories beside it.
    const paths = await prepareRoot(root, { durable })
    const images = await OciLayout.create(paths.layout, { temporary: paths.temporary, durable })
    return new LayerStore({ paths, images, signal }, resolveOrigin)
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
   * Opens the store in a child process of its opener. Unfinished files go to `temporary`, which the
   * opener removes.
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

  /** A layer with a known diff. Its tar is written in this compression on first use. */
  fromDiff(diff: Diff, compression: Compression): Layer {
    let committed: Promise<Layer> | undefined
    const commit = (): Promise<Layer> => (committed ??= this.#commit(diff, compression))
    let id: Digest | undefined
    return {
      // Computed lazily: context layers rarely need an id.
      get id() {
        return (id ??= listingDigest(diff))
      },
      diff: async () => diff,
      diffId: async () => (await commit()).diffId(),
      blob: async (wanted) => (await commit()).blob(wanted),
      created: async () => (await commit()).created(),
    }
  }

  async #commit(diff: Diff, compression: Compression): Promise<Layer> {
    const { id, record } = await commitDiff(this, diff, { compression, signal: this.#signal })
    return this.#layers.layer(id, record)
  }

  /** A layer of a published image. Its bytes are fetched on first use. */
  fromBlob(diffId: Digest, origin: LayerOrigin): Layer {
    const { digest, size, mediaType } = origin.descriptor
    return this.#layers.layer(diffId, {
      diffId,
      blobs: [storedForm({ digest, size }, { type: compressionOf(mediaType) })],
      origin,
    })
  }

  /**
   * Copies the bytes of a layer that another machine made into the store, and verifies them. From
   * then on it is a layer of this store. Rejects as `source` does, and with `LAYER_CORRUPT` if the
   * diffId differs.
   */
  async receive(
    id: Digest,
    { diffId, created, blob }: { readonly diffId: Digest; readonly created?: string; readonly blob: Descriptor },
    source: ContentSource,
  ): Promise<Layer> {
    await fetchLayer(this, { diffId, descriptor: withoutLevel(blob) }, source)
    return this.#layers.layer(
      id,
      await writeLayerRecord(this.paths, { diffId, blobs: [blob], ...(created !== undefined && { created }) }),
    )
  }

  /**
   * A layer of an image that is only read. Its bytes are fetched from `source` immediately, unless
   * the store has them. Rejects as `receive` does.
   */
  async adopt(diffId: Digest, blob: Descriptor, source: ContentSource): Promise<Layer> {
    const form = storedForm(blob, { type: compressionOf(blob.mediaType) })
    if (await this.blobs.has(form)) return this.#layers.layer(diffId, { diffId, blobs: [form] })
    return this.receive(diffId, { diffId, blob: form }, source)
  }

  /**
   * Loads a layer of a published image if `origin` is given, else one that was made here. The
   * record is not used with an origin, because the same bytes may belong to several images.
   * Undefined if the store has neither bytes nor an origin.
   */
  async load(id: Digest, diffId: Digest, origin?: LayerOrigin): Promise<Layer | undefined> {
    if (origin !== undefined) return this.fromBlob(diffId, origin)
    const known = await readLayerRecord(this.paths, diffId)
    if (known === undefined) return undefined
    const { origin: _, ...record } = known
    return (await this.#layers.isStored(record)) ? this.#layers.layer(id, record) : undefined
  }
}
