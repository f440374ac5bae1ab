import { type Descriptor, descriptorMembers, readDescriptor, readMediaType } from './descriptor.ts'
import { encodeDocument } from './encode-document.ts'
import { type JsonNode, parseJsonDocument } from './json-node.ts'
import { limits } from './limits.ts'
import { checkSchemaVersion } from './manifest.ts'
import { isIndexType, mediaTypes } from './media-types.ts'

/**
 * Manifests for several platforms (image-spec, image-index.md; Docker's manifest list has the same
 * shape).
 */
export interface ImageIndex {
  readonly schemaVersion: 2
  readonly mediaType: string
  readonly artifactType?: string
  /** In order of preference. */
  readonly manifests: readonly Descriptor[]
  readonly subject?: Descriptor
  readonly annotations?: Readonly<Record<string, string>>
}

/**
 * Reads an index of at most 4 MiB and 10,000 manifests; a missing `mediaType` is derived from those
 * of the manifests. Throws `OciError` `INDEX_INVALID` naming the place.
 */
export function parseIndex(bytes: Uint8Array): ImageIndex {
  const document = parseJsonDocument(bytes, 'INDEX_INVALID')
  checkSchemaVersion(document)
  // A document that is both a manifest and an index means different things to different readers
  // (GHSA-77vh-xpmg-72qh).
  for (const key of ['config', 'layers']) document.member(key)?.fail('an index without members of a manifest')
  const manifests = document.list('manifests', limits.manifests).map(readDescriptor)
  const artifactType = document.member('artifactType')
  const subject = document.member('subject')
  const annotations = document.member('annotations')
  return {
    schemaVersion: 2,
    mediaType: indexType(document, manifests),
    ...(artifactType && { artifactType: readMediaType(artifactType) }),
    manifests,
    ...(subject && { subject: readDescriptor(subject) }),
    ...(annotations && { annotations: annotations.textMap() }),
  }
}

/**
 * The index as JSON, indented by two, members in the order of the specification's reference types.
 * Throws `OciError` `INDEX_INVALID` for one that is too large for `parseIndex`.
 */
export function encodeIndex(index: ImageIndex): Uint8Array {
  const { schemaVersion, mediaType, artifactType, manifests, subject, annotations } = index
  const members = new Map<string, unknown>([
    ['schemaVersion', schemaVersion],
    ['mediaType', mediaType],
    ['artifactType', artifactType],
    ['manifests', manifests.map(descriptorMembers)],
    ['subject', subject && descriptorMembers(subject)],
    ['annotations', annotations],
  ])
  return encodeDocument(members, {
    code: 'INDEX_INVALID',
    lists: { manifests: [manifests.length, limits.manifests] },
    indent: 2,
  })
}

function indexType(document: JsonNode, manifests: readonly Descriptor[]): string {
  const written = document.member('mediaType')
  if (written !== undefined)
    return isIndexType(written.text()) ? written.text() : written.fail('the media type of an image index')
  const docker = manifests.length > 0 && manifests.every(({ mediaType }) => mediaType === mediaTypes.dockerManifest)
  return docker ? mediaTypes.dockerManifestList : mediaTypes.ociIndex
}
