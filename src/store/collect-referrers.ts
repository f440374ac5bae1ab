import { type ContentSource, fetchAll, type Referrers } from '@tsbuild/content'
import { type Descriptor, isIndexType, parseIndex } from '@tsbuild/oci'

/** Referrers of referrers: signatures of attestations. Deeper ones are not read. */
const maximumDepth = 3

/**
 * Everything that refers to these images, to the manifests of their indexes, or to one of those
 * that do; each once.
 */
export async function collectReferrers(
  images: readonly Descriptor[],
  source: ContentSource & Referrers,
): Promise<readonly Descriptor[]> {
  const found = new Map<string, Descriptor>()
  let subjects = (await Promise.all(images.map((image) => withManifests(image, source)))).flat()
  for (let depth = 0; depth < maximumDepth && subjects.length > 0; depth++) {
    const referrers = (await Promise.all(subjects.map(({ digest }) => source.referrers(digest)))).flat()
    subjects = referrers.filter(({ digest }) => !found.has(digest))
    for (const referrer of subjects) found.set(referrer.digest, referrer)
  }
  return [...found.values()]
}

async function withManifests(image: Descriptor, source: ContentSource): Promise<readonly Descriptor[]> {
  return isIndexType(image.mediaType) ? [image, ...parseIndex(await fetchAll(source, image)).manifests] : [image]
}
