import { type Descriptor, isIndexType, isManifestType, parseIndex, parseManifest } from '@tsbuild/oci'
import { fetchAll } from '../storage/read-all.ts'
import type { ContentSource } from '../storage/storage.ts'

/**
 * Descriptors in a document, in its order, the subject first. Empty for a blob. Rejects as
 * `fetchAll` and the parsers do.
 */
export async function successors(source: ContentSource, descriptor: Descriptor): Promise<readonly Descriptor[]> {
  return isDocument(descriptor) ? successorsIn(descriptor, await fetchAll(source, descriptor)) : []
}

/** Tells whether the content is a manifest or an index, which point at other content. */
export function isDocument({ mediaType }: Descriptor): boolean {
  return isManifestType(mediaType) || isIndexType(mediaType)
}

/** `successors` of a document already in memory. */
export function successorsIn(descriptor: Descriptor, bytes: Uint8Array): readonly Descriptor[] {
  if (isManifestType(descriptor.mediaType)) {
    const { subject, config, layers } = parseManifest(bytes)
    return [...(subject ? [subject] : []), config, ...layers]
  }
  const { subject, manifests } = parseIndex(bytes)
  return [...(subject ? [subject] : []), ...manifests]
}
