import type { Bytes, ContentSource } from '@tsbuild/content'
import type { Descriptor, Digest } from '@tsbuild/oci'
import type { Layer } from '../layer/layer.ts'

/**
 * The bytes of an image: in the store, or for layers of base images that were never needed here,
 * where they were published.
 */
export interface ImageContent extends ContentSource {
  /**
   * Repository where a layer was published, so that a registry can mount it instead of receiving
   * it.
   */
  publisher(target: Descriptor): ContentSource | undefined
}

/** Reads from `store` first and from the layers' origins for what is not there. */
export function imageContent(store: ContentSource, layers: readonly Layer[]): ImageContent {
  const origins = new Map<Digest, NonNullable<Layer['origin']>>()
  for (const { origin } of layers) if (origin) origins.set(origin.descriptor.digest, origin)
  return {
    has: async (target) => (await store.has(target)) || origins.has(target.digest),
    open: async (target, signal): Promise<Bytes> => {
      const origin = origins.get(target.digest)
      if (origin === undefined || (await store.has(target))) return store.open(target, signal)
      return origin.source.open(origin.descriptor, signal)
    },
    publisher: ({ digest }) => origins.get(digest)?.source,
  }
}
