import type { Bytes, ContentSource } from '@tsbuild/content'
import type { Descriptor, Digest } from '@tsbuild/oci'
import type { Layer } from '../layer/layer.ts'

/**
 * The bytes of an image: in the store, or for layers of base images that were never needed here,
 * where they were published.
 */
export interface ImageContent extends ContentSource {
  /**
   * Repository where a layer was published, or is cached, so that a registry can mount it instead
   * of receiving it.
   */
  publisher(target: Descriptor): ContentSource | undefined
}

/**
 * Reads from `store` first, and for what is not there from the layers' origins. Layers that are
 * only in a cache come into the store.
 */
export function imageContent(store: ContentSource, layers: readonly Layer[]): ImageContent {
  const origins = new Map<Digest, NonNullable<Layer['origin']>>()
  const carried = new Map<Digest, Layer>()
  for (const layer of layers) {
    if (layer.origin) origins.set(layer.origin.descriptor.digest, layer.origin)
    if (layer.carried) carried.set(layer.carried.descriptor.digest, layer)
  }
  return {
    has: async (target) => (await store.has(target)) || origins.has(target.digest) || carried.has(target.digest),
    open: async (target, signal): Promise<Bytes> => {
      const origin = origins.get(target.digest)
      if (!(await store.has(target))) await carried.get(target.digest)?.blob()
      if (origin === undefined || (await store.has(target))) return store.open(target, signal)
      return origin.source.open(origin.descriptor, signal)
    },
    publisher: ({ digest }) => origins.get(digest)?.source ?? carried.get(digest)?.carried?.source,
  }
}
