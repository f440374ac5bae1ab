import type { Bytes } from '@tsbuild/content'
import type { Descriptor } from '@tsbuild/oci'
import type { Layer, Snapshot } from '../layer/layer.ts'
import type { LayerStore } from '../layer/layer-store.ts'
import { withoutLevel } from '../layer/stored/stored-form.ts'
import { once } from '../solve/once.ts'
import type { TaskLayer } from './worker-task.ts'

/** A layer as input of a step, and its bytes if the server lacks them. */
export interface InputLayer extends TaskLayer {
  open(): Promise<Bytes>
}

/** Layers of some steps in the form that exists already: nothing is fetched before `open`. */
export class InputLayers {
  readonly #store: LayerStore
  readonly #known = new Map<Layer, Promise<InputLayer>>()

  constructor(store: LayerStore) {
    this.#store = store
  }

  /** The layers of snapshots, each once, and the snapshots as indices. */
  async number(snapshots: readonly Snapshot[]): Promise<{
    readonly layers: readonly InputLayer[]
    readonly snapshots: readonly (readonly number[])[]
  }> {
    const layers: InputLayer[] = []
    const indices = new Map<string, number>()
    const indexOf = (layer: InputLayer): number => {
      const name = `${layer.id} ${layer.diffId}`
      const index = indices.get(name) ?? layers.push(layer) - 1
      indices.set(name, index)
      return index
    }
    const described = await Promise.all(
      snapshots.map((snapshot) =>
        Promise.all(snapshot.map((layer) => once(this.#known, layer, () => this.#describe(layer)))),
      ),
    )
    return { snapshots: described.map((snapshot) => snapshot.map(indexOf)), layers }
  }

  async #describe(layer: Layer): Promise<InputLayer> {
    const { id, origin, carried } = layer
    const diffId = await layer.diffId()
    const elsewhere = carried ?? origin
    const { blobs } = this.#store
    if (elsewhere !== undefined) {
      const blob = plain(elsewhere.descriptor)
      const open = async (): Promise<Bytes> =>
        (await blobs.has(blob)) ? blobs.open(blob) : elsewhere.source.open(elsewhere.descriptor)
      return { id, diffId, blob, open }
    }
    const blob = plain(await layer.blob())
    return { id, diffId, blob, open: () => blobs.open(blob) }
  }
}

/** Without annotations, which differ between stores. */
function plain(descriptor: Descriptor): Descriptor {
  const { mediaType, digest, size } = withoutLevel(descriptor)
  return { mediaType, digest, size }
}
