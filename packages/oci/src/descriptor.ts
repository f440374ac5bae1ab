import { type Digest, digestForm, hasDigest, isDigest } from './digest.ts'
import { JsonNode } from './json-node.ts'
import { type Platform, platformMembers, readPlatform } from './platform.ts'

/** Names bytes: what they are, their hash and how many they are (image-spec, descriptor.md). */
export interface Descriptor {
  readonly mediaType: string
  readonly digest: Digest
  /** Bytes. */
  readonly size: number
  readonly platform?: Platform
  readonly artifactType?: string
  readonly annotations?: Readonly<Record<string, string>>
  readonly urls?: readonly string[]
  /** The content itself, base64, for very small blobs. */
  readonly data?: string
}

/**
 * Reads a descriptor from decoded JSON; embedded `data` is checked against digest and size. Throws
 * `OciError` `DESCRIPTOR_INVALID`.
 */
export function parseDescriptor(value: unknown): Descriptor {
  return readDescriptor(new JsonNode(value, 'DESCRIPTOR_INVALID'))
}

/** `parseDescriptor` for a value inside a larger document. */
export function readDescriptor(node: JsonNode): Descriptor {
  const digest = readDigest(node.required('digest'))
  const size = readSize(node.required('size'))
  const platform = node.member('platform')
  const artifactType = node.member('artifactType')
  const annotations = node.member('annotations')
  const urls = node.member('urls')
  const data = node.member('data')
  if (data !== undefined) checkData(data, digest, size)
  return {
    mediaType: readMediaType(node.required('mediaType')),
    digest,
    size,
    ...(platform && { platform: readPlatform(platform) }),
    ...(artifactType && { artifactType: readMediaType(artifactType) }),
    ...(annotations && { annotations: annotations.textMap() }),
    ...(urls && { urls: urls.texts() }),
    ...(data && { data: data.text() }),
  }
}

/** Reads a digest at a place of a document. */
export function readDigest(node: JsonNode): Digest {
  const text = node.text()
  return isDigest(text) ? text : node.fail(digestForm)
}

/** Reads a media type: `type/subtype` (RFC 6838 § 4.2). */
export function readMediaType(node: JsonNode): string {
  const text = node.text()
  return /^[\w!#$&^.+-]{1,127}\/[\w!#$&^.+-]{1,127}$/.test(text) ? text : node.fail('a media type')
}

/**
 * A descriptor as Go writes it: a struct, members in the order of the specification's reference
 * types.
 */
export function descriptorMembers(descriptor: Descriptor): ReadonlyMap<string, unknown> {
  const { mediaType, digest, size, urls, annotations, data, platform, artifactType } = descriptor
  return new Map<string, unknown>([
    ['mediaType', mediaType],
    ['digest', digest],
    ['size', size],
    ['urls', urls],
    ['annotations', annotations],
    ['data', data],
    ['platform', platform && platformMembers(platform)],
    ['artifactType', artifactType],
  ])
}

function readSize(node: JsonNode): number {
  const size = node.integer()
  return size >= 0 ? size : node.fail('a size of at least 0')
}

function checkData(node: JsonNode, digest: Digest, size: number): void {
  const bytes = Buffer.from(node.text(), 'base64')
  if (bytes.length !== size || !hasDigest(bytes, digest)) node.fail('content with that digest and size, in base64')
}
