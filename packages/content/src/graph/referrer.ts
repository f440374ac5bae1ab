import { type Descriptor, isIndexType, isManifestType, parseIndex, parseManifest } from '@tsbuild/oci'
import { fetchAll } from '../storage/read-all.ts'
import type { ContentSource } from '../storage/storage.ts'

/** A manifest or index that refers to another one. */
export interface Referrer {
  readonly subject: Descriptor
  /**
   * Descriptor as lists of referrers have it: with the artifact type, and the annotations of the
   * manifest (distribution-spec § Listing Referrers).
   */
  readonly descriptor: Descriptor
}

/** Reads a document as a referrer. Undefined for a document without a subject, and for blobs. */
export async function readReferrer(source: ContentSource, target: Descriptor): Promise<Referrer | undefined> {
  const { mediaType, digest, size } = target
  if (!isManifestType(mediaType) && !isIndexType(mediaType)) return undefined
  const bytes = await fetchAll(source, target)
  const document = isManifestType(mediaType) ? parseManifest(bytes) : parseIndex(bytes)
  const { subject, annotations, artifactType } = document
  if (subject === undefined) return undefined
  const type = artifactType ?? ('config' in document ? document.config.mediaType : undefined)
  return {
    subject,
    descriptor: {
      mediaType,
      digest,
      size,
      ...(type !== undefined && { artifactType: type }),
      ...(annotations !== undefined && { annotations }),
    },
  }
}
