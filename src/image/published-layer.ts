import type { Compression } from '@tsbuild/content'
import type { Descriptor } from '@tsbuild/oci'
import type { LayerCompression } from '../layer/estargz-layer.ts'
import type { Layer } from '../layer/layer.ts'
import type { LayerStore } from '../layer/layer-store.ts'
import { isStoredAs, withoutLevel } from '../layer/stored/stored-form.ts'
import { onceAtATime } from '../solve/once.ts'
import { type Family, layerOfFamily } from './media-types.ts'

/** Form of the layers of an image. */
export interface LayerForm {
  readonly compression: LayerCompression
  /** Also base layers, which otherwise stay as they were published. */
  readonly forceCompression: boolean
  readonly family: Family
  /** Layers of base images that are not to be pushed stay so. */
  readonly keepForeign: boolean
}

/** A layer in the form of an image, which may be another layer with the same files. */
export interface PublishedLayer {
  readonly layer: Layer
  readonly descriptor: Descriptor
}

/** Layers that are being compressed, by form. */
const inMaking = new WeakMap<Layer, Map<string, Promise<PublishedLayer>>>()

/**
 * A layer in the form it is published in: the same for every image with it. Calls for one layer at
 * the same time share the work.
 */
export function publishedLayer(layer: Layer, form: LayerForm, store: LayerStore): Promise<PublishedLayer> {
  const { compression, forceCompression, family, keepForeign } = form
  const key = JSON.stringify([compression, forceCompression, family, keepForeign])
  const forms = inMaking.get(layer) ?? new Map<string, Promise<PublishedLayer>>()
  inMaking.set(layer, forms)
  return onceAtATime(forms, key, () => publish(layer, form, store))
}

async function publish(layer: Layer, form: LayerForm, store: LayerStore): Promise<PublishedLayer> {
  const { compression, forceCompression } = form
  if (layer.origin && !forceCompression) return { layer, descriptor: layerOfFamily(layer.origin.descriptor, form) }
  if (compression.type !== 'estargz')
    return { layer, descriptor: layerOfFamily(await madeLayer(layer, compression), form) }
  const { estargzLayer } = await import('../layer/estargz-layer.ts')
  const parted = await estargzLayer(store, layer, compression.level)
  return { layer: parted, descriptor: layerOfFamily(parted.origin?.descriptor ?? (await parted.blob()), form) }
}

/** A layer that a cache has in this form is not fetched for its descriptor. */
async function madeLayer(layer: Layer, compression: Compression): Promise<Descriptor> {
  const { carried } = layer
  return carried && isStoredAs(carried.descriptor, compression)
    ? withoutLevel(carried.descriptor)
    : layer.blob(compression)
}
