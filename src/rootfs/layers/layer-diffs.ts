import type { Descriptor, Digest } from '@tsbuild/oci'
import type { Diff } from '@tsbuild/tree'
import type { Layer } from '../../layer/layer.ts'
import type { LayerStore } from '../../layer/layer-store.ts'
import type { StoredLayer } from '../protocol/agent-protocol.ts'
import { RootfsError } from '../protocol/rootfs-error.ts'

/** The diffs of layers in a store, by diffId; each is read once. */
export class LayerDiffs {
  readonly #store: LayerStore
  readonly #read = new Map<Digest, Promise<Diff | undefined>>()
  readonly #blobs = new Map<Digest, Descriptor>()

  constructor(store: LayerStore) {
    this.#store = store
  }

  /**
   * Learns where layers are stored: the store may have no record of what it never fetched as a
   * layer.
   */
  learn(layers: readonly StoredLayer[]): void {
    for (const { diffId, blob } of layers) if (blob !== undefined) this.#blobs.set(diffId, blob)
  }

  /** Undefined for a layer that is not in the store any more. */
  find(diffId: Digest): Promise<Diff | undefined> {
    const known = this.#read.get(diffId)
    if (known !== undefined) return known
    const reading = this.#load(diffId).then((layer) => layer?.diff())
    this.#read.set(diffId, reading)
    void reading.then(
      (diff) => diff ?? this.#read.delete(diffId),
      () => this.#read.delete(diffId),
    )
    return reading
  }

  async get(diffId: Digest): Promise<Diff> {
    const diff = await this.find(diffId)
    if (diff !== undefined) return diff
    throw new RootfsError('LAYER_GONE', `layer ${diffId} is not in the store`, {
      hint: 'another process has pruned the store; build again',
    })
  }

  async #load(diffId: Digest): Promise<Layer | undefined> {
    const blob = this.#blobs.get(diffId)
    return blob === undefined
      ? this.#store.load(diffId, diffId)
      : this.#store.fromBlob(diffId, { reference: '', descriptor: blob })
  }
}
