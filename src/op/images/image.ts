import type { ImageOp } from '../../graph/op.ts'
import type { ImagePlace } from '../../layer/stored/layer-record.ts'
import type { LayerStore } from '../../layer/layer-store.ts'
import { describeStored } from '../../layer/stored-document.ts'
import type { OpExecutor } from '../../solve/executor.ts'
import { keyOf } from '../../solve/key.ts'
import type { ImageRepository } from './base-images.ts'
import { readImage } from './image-content.ts'

/** An image: its layers. Each is fetched when its bytes are needed. */
export function imageExecutor(
  store: LayerStore,
  sourceOf: (place: ImagePlace) => ImageRepository,
): OpExecutor<ImageOp> {
  return {
    uncached: true,
    key: async ({ digest }) => keyOf('image', digest),
    run: async (op) => {
      const place = op.layout === undefined ? { reference: op.reference } : { layout: op.layout }
      const source = sourceOf(place)
      const root = (await describeStored(store, op.digest)) ?? (await source.resolve(op.digest))
      const { manifest, config } = await readImage(root, {
        store,
        source,
        platform: op.platform,
        name: op.context ?? op.reference,
      })
      return config.rootfs.diff_ids.flatMap((diffId, index) => {
        const descriptor = manifest.layers[index]
        return descriptor === undefined ? [] : [store.fromBlob(diffId, { ...place, descriptor })]
      })
    },
  }
}
