import { ContentError, fetchAll, type ContentSource, type TagResolver } from '@tsbuild/content'
import { type Descriptor, type Digest, digestOf, encodeIndex, mediaTypes, parseIndex } from '@tsbuild/oci'

/** A repository as far as its tags are concerned. */
export interface TaggedManifests extends ContentSource, TagResolver {
  pushManifest(descriptor: Descriptor, bytes: Uint8Array, tag?: string): Promise<void>
}

/**
 * Referrers of a manifest, from the tag `sha256-…` that clients keep where the registry does not
 * (distribution-spec § Referrers Tag Schema). Rejects with `OciError` when the tag is something
 * else.
 */
export async function readReferrersTag(repository: TaggedManifests, subject: Digest): Promise<readonly Descriptor[]> {
  const found = await repository.resolve(referrersTagName(subject)).catch((error: unknown) => {
    if (error instanceof ContentError && error.code === 'NOT_FOUND') return undefined
    throw error
  })
  return found ? parseIndex(await fetchAll(repository, found)).manifests : []
}

/**
 * Adds to that tag. Concurrent additions elsewhere may overwrite each other: registries offer no
 * better way.
 */
export async function addToReferrersTag(
  repository: TaggedManifests,
  subject: Digest,
  referrer: Descriptor,
): Promise<void> {
  const listed = await readReferrersTag(repository, subject)
  if (listed.some(({ digest }) => digest === referrer.digest)) return
  const bytes = encodeIndex({ schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests: [...listed, referrer] })
  await repository.pushManifest(
    { mediaType: mediaTypes.ociIndex, digest: digestOf(bytes), size: bytes.length },
    bytes,
    referrersTagName(subject),
  )
}

function referrersTagName(subject: Digest): string {
  return subject.replace(':', '-')
}
