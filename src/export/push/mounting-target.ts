import type { ContentTarget } from '@tsbuild/content'
import { isForeignLayerType } from '@tsbuild/oci'
import type { ImageContent } from '../../image/image-content.ts'

/**
 * A repository that asks for layers where they were published, and is not sent those that stay
 * there.
 */
export function mountingTarget(repository: ContentTarget, content: ImageContent): ContentTarget {
  return {
    has: async (target) => isForeignLayerType(target.mediaType) || repository.has(target),
    open: (target, signal) => repository.open(target, signal),
    put: (expected, bytes, signal) => repository.put(expected, bytes, signal),
    adopt: async (expected) => {
      const publisher = content.publisher(expected)
      return publisher !== undefined && (await repository.adopt?.(expected, publisher)) === true
    },
  }
}
