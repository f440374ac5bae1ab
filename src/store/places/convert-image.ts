import { type ContentSource, fetchAll } from '@tsbuild/content'
import { TsbuildError } from '@tsbuild/errors'
import {
  compressionOf,
  type Descriptor,
  encodeIndex,
  encodeManifest,
  type ImageManifest,
  isIndexType,
  isLayerType,
  mediaTypes,
  parseIndex,
  parseManifest,
} from '@tsbuild/oci'
import { documentTypes, type Family, layerOfFamily } from '../../image/media-types.ts'
import { Overlay } from './overlay.ts'

/** An image cannot have the requested form. */
class ConversionError extends TsbuildError<'IMAGE_INVALID'> {
  override readonly name = 'ConversionError'
}

/** An image in another form, and the content that holds it. */
export interface ConvertedImage {
  /** That of the source where it has the form already. */
  readonly descriptor: Descriptor
  readonly content: ContentSource
  /** Parts that the form cannot have: `annotations`, `attestations`. */
  readonly lost: readonly string[]
}

const maximumDocument = 4 << 20

/**
 * The image under the media types of a family: of the OCI image specification, or of Docker's image
 * manifest version 2, schema 2. Configs and layers keep their bytes. Docker's form has neither
 * annotations nor attestations, which are left out. Rejects with `IMAGE_INVALID` for artifacts,
 * layers with zstd and nested indexes, which it cannot have either.
 */
export async function convertImage(
  source: { readonly descriptor: Descriptor; readonly content: ContentSource },
  family: Family,
): Promise<ConvertedImage> {
  const overlay = new Overlay(source.content)
  const lost = new Set<string>()
  const converter = { family, overlay, lost }
  return { descriptor: await convert(source.descriptor, converter, 0), content: overlay, lost: [...lost] }
}

interface Converter {
  readonly family: Family
  readonly overlay: Overlay
  readonly lost: Set<string>
}

/** Indexes within indexes. */
const maximumDepth = 8

async function convert(node: Descriptor, converter: Converter, depth: number): Promise<Descriptor> {
  const { family, overlay, lost } = converter
  const bytes = await fetchAll(overlay, node, maximumDocument)
  if (!isIndexType(node.mediaType)) return convertManifest(node, parseManifest(bytes), converter)
  if (depth === (family === 'docker' ? 1 : maximumDepth)) throw refusal('an index within an index', family)
  const { annotations, manifests, subject, artifactType } = parseIndex(bytes)
  const kept = family === 'docker' ? manifests.filter((entry) => !isAttestation(entry)) : manifests
  if (kept.length < manifests.length) lost.add('attestations')
  const entries: Descriptor[] = []
  for (const entry of kept) entries.push(await convert(entry, converter, depth + 1))
  const mediaType = documentTypes(family).index
  if (mediaType === node.mediaType && entries.every(({ digest }, at) => digest === manifests[at]?.digest)) return node
  const extra = noted({ annotations, subject, artifactType }, converter)
  return renamed(
    node,
    await overlay.add(mediaType, encodeIndex({ schemaVersion: 2, mediaType, manifests: entries, ...extra })),
    converter,
  )
}

async function convertManifest(node: Descriptor, manifest: ImageManifest, converter: Converter): Promise<Descriptor> {
  const { family, overlay } = converter
  const { manifest: mediaType, config: configType } = documentTypes(family)
  const { config, layers, annotations, subject, artifactType } = manifest
  const isImage = config.mediaType === mediaTypes.ociConfig || config.mediaType === mediaTypes.dockerConfig
  if (!isImage || !layers.every((layer) => isLayerType(layer.mediaType))) {
    if (family === 'oci') return node
    throw refusal('an artifact', family)
  }
  if (family === 'docker' && layers.some((layer) => compressionOf(layer.mediaType) === 'zstd'))
    throw refusal('a layer with zstd', family)
  const isAlready =
    node.mediaType === mediaType &&
    config.mediaType === configType &&
    layers.every((layer) => layerOfFamily(layer, { family, keepForeign: true }).mediaType === layer.mediaType)
  if (isAlready) return node
  const extra = noted({ annotations, subject, artifactType }, converter)
  const bytes = encodeManifest({
    schemaVersion: 2,
    mediaType,
    config: { mediaType: configType, digest: config.digest, size: config.size },
    layers: layers.map((layer) => layerOfFamily(layer, { family, keepForeign: true })),
    ...extra,
  })
  return renamed(node, await overlay.add(mediaType, bytes), converter)
}

type Extra = Partial<Pick<ImageManifest, 'annotations' | 'subject' | 'artifactType'>>

/** Members that only OCI documents have. */
function noted(
  { annotations, subject, artifactType }: { readonly [key in keyof Extra]: Extra[key] | undefined },
  { family, lost }: Converter,
): Extra {
  if (family === 'docker') {
    if (annotations !== undefined) lost.add('annotations')
    return {}
  }
  return { ...(annotations && { annotations }), ...(subject && { subject }), ...(artifactType && { artifactType }) }
}

/** The new document with what the old descriptor said about it. */
function renamed(node: Descriptor, made: Descriptor, { family, lost }: Converter): Descriptor {
  const { platform, annotations } = node
  if (family === 'docker' && annotations !== undefined) lost.add('annotations')
  return { ...made, ...(platform && { platform }), ...(family === 'oci' && annotations && { annotations }) }
}

/** BuildKit's attestations have no platform, and an annotation. */
function isAttestation({ annotations = {} }: Descriptor): boolean {
  return annotations['vnd.docker.reference.type'] !== undefined
}

function refusal(part: string, family: Family): ConversionError {
  const form = family === 'docker' ? "Docker's form" : 'the OCI form'
  return new ConversionError('IMAGE_INVALID', `the image has ${part}, which ${form} cannot have`, {
    hint: 'copy it with --format oci, or without --format',
  })
}
