import { type ContentSource, fetchAll, isDocument, oneChunk, successorsIn } from '@tsbuild/content'
import type { Descriptor, Digest } from '@tsbuild/oci'
import type { ImageContent } from '../image/image-content.ts'

/** The root of an image, and the content that has it. */
export interface PlacedRoot {
  readonly descriptor: Descriptor
  readonly content: ContentSource
}

/** Content of several images: what a document leads to is read where the document is. */
export function joinedContent(roots: readonly PlacedRoot[]): ImageContent {
  const places = new Map<Digest, ContentSource>(roots.map(({ descriptor, content }) => [descriptor.digest, content]))
  const placeOf = ({ digest }: Descriptor): ContentSource => {
    const place = places.get(digest)
    if (place === undefined) throw new TypeError(`no document led to ${digest}`)
    return place
  }
  return {
    has: (target) => placeOf(target).has(target),
    open: async (target, signal) => {
      const place = placeOf(target)
      if (!isDocument(target)) return place.open(target, signal)
      const bytes = await fetchAll({ has: place.has.bind(place), open: (each) => place.open(each, signal) }, target)
      for (const child of successorsIn(target, bytes)) if (!places.has(child.digest)) places.set(child.digest, place)
      return oneChunk(bytes)
    },
    publisher: ({ digest }) => places.get(digest),
  }
}
