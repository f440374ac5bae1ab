import type { Compression } from '@tsbuild/content'
import type { Layer } from '../../layer/layer.ts'
import { isStoredAs, withoutLevel } from '../../layer/stored/stored-form.ts'
import type { StepWriteOptions } from './cache-write-options.ts'

/**
 * Descriptor of a layer in a cache. One that already lies in another cache, or is stored in a
 * compression, keeps it unless the user wants otherwise. `needed` is the form that this build needs
 * it in, where that is a compressed one.
 */
export async function cachedForm(
  layer: Layer,
  { compression, forceCompression = false }: Pick<StepWriteOptions, 'compression' | 'forceCompression'>,
  needed: Compression,
): ReturnType<Layer['blob']> {
  const { carried } = layer
  if (carried && (!forceCompression || (compression && isStoredAs(carried.descriptor, compression))))
    return withoutLevel(carried.descriptor)
  return layer.blob(compression ?? (needed.type === 'none' ? { type: 'zstd' } : needed))
}
