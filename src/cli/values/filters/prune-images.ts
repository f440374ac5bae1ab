import type { LocalStore } from '../../../store/local-store.ts'
import type { ObjectFilter } from '../../../store/objects/object-filter.ts'
import { listNames } from '../image-names.ts'
import { parseImageFilters } from './parse-image-filter.ts'

const imageKeys = /^(?:reference|label!?)=/

/** Filters about named images, and those about all objects. */
export function splitFilters(texts: readonly string[]): {
  readonly images: readonly string[]
  readonly objects: readonly string[]
} {
  return {
    images: texts.filter((text) => imageKeys.test(text)),
    objects: texts.filter((text) => !imageKeys.test(text)),
  }
}

/**
 * A filter for the images that pass: those whose names all do, so that no other name is lost.
 * Rejects with `UsageError` for what is no filter.
 */
export async function filterOfImages(texts: readonly string[], store: LocalStore): Promise<ObjectFilter> {
  const passes = await parseImageFilters(texts, store)
  const ids: string[] = []
  for (const image of await store.images()) {
    const passed = await Promise.all(listNames([image]).map(async (named) => passes(named)))
    if (passed.every(Boolean)) ids.push(image.descriptor.digest)
  }
  return { types: ['image'], ids }
}
