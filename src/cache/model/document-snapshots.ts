import type { ContentSource } from '@tsbuild/content'
import type { Digest } from '@tsbuild/oci'
import type { Layer, Snapshot } from '../../layer/layer.ts'
import type { LayerStore } from '../../layer/layer-store.ts'
import { once } from '../../solve/once.ts'
import { type CachedLayer, type CacheDocument, cacheLimits } from './cache-document.ts'
import { carriedLayer } from './carried-layer.ts'

/** Parts of a build that layers of a cache need. */
export interface DocumentSnapshotsOptions {
  /** Of the cache, for people. */
  readonly name: string
  readonly store: LayerStore
  /** Layer of a base image of this build, by diffId. */
  baseLayer(diffId: Digest): Promise<Layer | undefined>
}

/** Records, and the source of the layers that they carry. */
export interface LocatedDocument {
  readonly document: CacheDocument
  readonly source: ContentSource
}

/** Snapshots that documents of a cache name. A layer that several of them share is one object. */
export class DocumentSnapshots {
  readonly #options: DocumentSnapshotsOptions
  readonly #layers = new Map<string, Promise<Layer | undefined>>()

  constructor(options: DocumentSnapshotsOptions) {
    this.#options = options
  }

  /** The snapshot with an index in the document; undefined where a layer of it cannot be had. */
  async read({ document, source }: LocatedDocument, top: number): Promise<Snapshot | undefined> {
    const cached: CachedLayer[] = []
    for (let at = top; at >= 0; ) {
      const [below, index] = document.snapshots[at] ?? [-1, -1]
      const layer = document.layers[index]
      if (layer === undefined || cached.length === cacheLimits.depth) return undefined
      cached.push(layer)
      at = below
    }
    const layers = await Promise.all(
      cached.reverse().map((layer) => once(this.#layers, JSON.stringify(layer), () => this.#layer(layer, source))),
    )
    return layers.every((layer) => layer !== undefined) ? layers : undefined
  }

  async #layer(cached: CachedLayer, source: ContentSource): Promise<Layer | undefined> {
    const { store, name, baseLayer } = this.#options
    const { id, diffId, base, blob } = cached
    if (base === true) return baseLayer(diffId)
    const known = await store.load(id, diffId)
    if (known !== undefined || blob === undefined) return known
    return carriedLayer({ ...cached, blob }, { store, source, cache: name })
  }
}
