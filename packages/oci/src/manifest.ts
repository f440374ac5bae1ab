import { type Descriptor, descriptorMembers, readDescriptor, readMediaType } from './descriptor.ts'
import { encodeDocument } from './encode-document.ts'
import { type JsonNode, parseJsonDocument } from './json-node.ts'
import { limits } from './limits.ts'
import { isManifestType, mediaTypes } from './media-types.ts'

/** One image for one platform (image-spec, manifest.md; Docker's schema 2 has the same shape). */
export interface ImageManifest {
  readonly schemaVersion: 2
  readonly mediaType: string
  readonly artifactType?: string
  readonly config: Descriptor
  /** Base layer first. */
  readonly layers: readonly Descriptor[]
  /** Manifest that this one describes. */
  readonly subject?: Descriptor
  readonly annotations?: Readonly<Record<string, string>>
}

/**
 * Reads a manifest of at most 4 MiB and 1000 layers; a missing `mediaType` is derived from that of
 * the config. Throws `OciError` `MANIFEST_INVALID` naming the place.
 */
export function parseManifest(bytes: Uint8Array): ImageManifest {
  const document = parseJsonDocument(bytes, 'MANIFEST_INVALID')
  checkSchemaVersion(document)
  // A document that is both a manifest and an index means different things to different readers
  // (GHSA-77vh-xpmg-72qh).
  document.member('manifests')?.fail('a manifest without members of an index')
  const config = readDescriptor(document.required('config'))
  const artifactType = document.member('artifactType')
  const subject = document.member('subject')
  const annotations = document.member('annotations')
  return {
    schemaVersion: 2,
    mediaType: manifestType(document, config),
    ...(artifactType && { artifactType: readMediaType(artifactType) }),
    config,
    layers: document.list('layers', limits.layers).map(readDescriptor),
    ...(subject && { subject: readDescriptor(subject) }),
    ...(annotations && { annotations: annotations.textMap() }),
  }
}

/**
 * The manifest as JSON, indented by two, members in the order of the specification's reference
 * types. Throws `OciError` `MANIFEST_INVALID` for one that is too large for `parseManifest`.
 */
export function encodeManifest(manifest: ImageManifest): Uint8Array {
  const { schemaVersion, mediaType, artifactType, config, layers, subject, annotations } = manifest
  const members = new Map<string, unknown>([
    ['schemaVersion', schemaVersion],
    ['mediaType', mediaType],
    ['artifactType', artifactType],
    ['config', descriptorMembers(config)],
    ['layers', layers.map(descriptorMembers)],
    ['subject', subject && descriptorMembers(subject)],
    ['annotations', annotations],
  ])
  return encodeDocument(members, {
    code: 'MANIFEST_INVALID',
    lists: { layers: [layers.length, limits.layers] },
    indent: 2,
  })
}

/** Refuses documents of another schema, Docker's retired schema 1 among them. */
export function checkSchemaVersion(document: JsonNode): void {
  const version = document.required('schemaVersion')
  if (version.value !== 2) version.fail('2')
}

function manifestType(document: JsonNode, config: Descriptor): string {
  const written = document.member('mediaType')
  if (written === undefined)
    return config.mediaType === mediaTypes.dockerConfig ? mediaTypes.dockerManifest : mediaTypes.ociManifest
  return isManifestType(written.text()) ? written.text() : written.fail('the media type of an image manifest')
}
