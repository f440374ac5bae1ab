import type { ContentSource } from '@tsbuild/content'
import type { Descriptor } from '@tsbuild/oci'
import type { Layer } from '../../layer/layer.ts'
import type { LayerStore } from '../../layer/layer-store.ts'
import type { CachedLayer } from './cache-document.ts'
import { asCacheError } from './cache-error.ts'

/**
 * A layer whose bytes are in a cache until they are needed. Then they come into the store once,
 * verified; a failure of that rejects with `CacheError`.
 */
export function carriedLayer(
  { id, diffId, created, blob }: CachedLayer & { readonly blob: Descriptor },
  { store, source, cache }: { readonly store: LayerStore; readonly source: ContentSource; readonly cache: string },
): Layer {
  let fetching: Promise<Layer> | undefined
  const fetched = (): Promise<Layer> =>
    (fetching ??= store
      .receive(id, { diffId, blob, ...(created !== undefined && { created }) }, source)
      .catch((error: unknown) => {
        throw asCacheError(cache, error)
      }))
  return {
    id,
    diffId: async () => diffId,
    created: async () => created,
    diff: async () => (await fetched()).diff(),
    blob: async (compression) => (await fetched()).blob(compression),
    carried: { descriptor: blob, source },
  }
}
