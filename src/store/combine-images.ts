import { type ContentSource, fetchAll, MemoryContent, oneChunk } from '@tsbuild/content'
import {
  type Descriptor,
  digestOf,
  encodeIndex,
  isIndexType,
  mediaTypes,
  parseImageConfig,
  parseIndex,
  parseManifest,
} from '@tsbuild/oci'
import type { ImageContent } from '../image/image-content.ts'
import { joinedContent, type PlacedRoot } from './joined-content.ts'

const maximumDocument = 4 << 20

/** An index of several images. */
export interface CombinedImages {
  readonly descriptor: Descriptor
  /** The index, byte by byte. */
  readonly raw: Uint8Array
  readonly content: ImageContent
}

/**
 * Makes an index of images, in their order; indexes contribute all their manifests. A single index
 * without new annotations stays as it is. No layer is read.
 */
export async function combineImages(
  sources: readonly PlacedRoot[],
  annotations: Readonly<Record<string, string>>,
): Promise<CombinedImages> {
  const [only] = sources
  const hasAnnotations = Object.keys(annotations).length > 0
  if (only !== undefined && sources.length === 1 && !hasAnnotations && isIndexType(only.descriptor.mediaType)) {
    const raw = await fetchAll(only.content, only.descriptor, maximumDocument)
    return { descriptor: only.descriptor, raw, content: joinedContent([only]) }
  }
  const found = new Map<string, PlacedRoot>()
  for (const source of sources)
    for (const descriptor of await readManifests(source))
      if (!found.has(descriptor.digest)) found.set(descriptor.digest, { descriptor, content: source.content })
  const manifests = [...found.values()].map(({ descriptor }) => descriptor)
  const isDocker = !hasAnnotations && manifests.every((each) => each.mediaType === mediaTypes.dockerManifest)
  const mediaType = isDocker ? mediaTypes.dockerManifestList : mediaTypes.ociIndex
  const raw = encodeIndex({ schemaVersion: 2, mediaType, manifests, ...(hasAnnotations && { annotations }) })
  const descriptor = { mediaType, digest: digestOf(raw), size: raw.length }
  const documents = new MemoryContent()
  await documents.put(descriptor, oneChunk(raw))
  return { descriptor, raw, content: joinedContent([...found.values(), { descriptor, content: documents }]) }
}

/** The manifests of an image with their platforms: those of its index, or the one it is. */
async function readManifests({ descriptor, content }: PlacedRoot): Promise<readonly Descriptor[]> {
  const bytes = await fetchAll(content, descriptor, maximumDocument)
  if (isIndexType(descriptor.mediaType)) return parseIndex(bytes).manifests
  const { mediaType, digest, size } = descriptor
  const platform = await readPlatform(parseManifest(bytes).config, content)
  return [{ mediaType, digest, size, ...(platform && { platform }) }]
}

/** Undefined for an artifact, which has no platform. */
async function readPlatform(config: Descriptor, content: ContentSource): Promise<Descriptor['platform']> {
  if (config.mediaType !== mediaTypes.ociConfig && config.mediaType !== mediaTypes.dockerConfig) return undefined
  const image = parseImageConfig(await fetchAll(content, config, maximumDocument))
  const { os, architecture, variant, 'os.version': version, 'os.features': features } = image
  return {
    os,
    architecture,
    ...(variant !== undefined && { variant }),
    ...(version !== undefined && { 'os.version': version }),
    ...(features !== undefined && { 'os.features': features }),
  }
}
