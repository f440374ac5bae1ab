import { fetchAll } from '@tsbuild/content'
import {
  type Descriptor,
  type ImageConfig,
  isIndexType,
  mediaTypes,
  parseImageConfig,
  parseIndex,
  parseManifest,
  type Platform,
} from '@tsbuild/oci'
import type { ImageSource } from './image-source.ts'
import { selectManifest } from './select-manifest.ts'

const maximumDocument = 4 << 20

/** The documents of an image for one platform, wherever it is. */
export interface ImageDocuments {
  readonly descriptor: Descriptor
  /** Bytes of the manifest or index. */
  readonly raw: Uint8Array
  /** The same, parsed. */
  readonly manifest: Readonly<Record<string, unknown>>
  /** Bytes of the config; empty without one. */
  readonly rawConfig: Uint8Array
  /** Absent for an artifact, and for an index whose manifest is not here. */
  readonly config?: ImageConfig
  /** Layers of the platform's manifest, oldest first. */
  readonly layers: readonly Descriptor[]
  /** In the order of the index. */
  readonly platforms: readonly Platform[]
  /** Bytes of config and layers. */
  readonly size: number
}

/**
 * Reads the documents of an image; no layer is fetched. `platform` chooses a manifest of an index,
 * whose documents are read instead; absent, the index stays and the config is this machine's.
 */
export async function readDocuments(
  { descriptor: root, content }: ImageSource,
  platform: string | undefined,
): Promise<ImageDocuments> {
  const descriptor = platform === undefined ? root : await selectManifest(root, content, platform)
  const raw = await fetchAll(content, descriptor, maximumDocument)
  const chosen = isIndexType(descriptor.mediaType) ? await selectManifest(root, content, undefined) : descriptor
  const listed = isIndexType(descriptor.mediaType) ? parseIndex(raw).manifests : []
  const manifest: Readonly<Record<string, unknown>> = JSON.parse(Buffer.from(raw).toString('utf8'))
  const common = { descriptor, raw, manifest }
  // The store may hold one platform of an index.
  if (chosen !== descriptor && !(await content.has(chosen)))
    return { ...common, rawConfig: new Uint8Array(), layers: [], platforms: platformsOf(listed), size: 0 }
  const { config: configDescriptor, layers } = parseManifest(
    chosen === descriptor ? raw : await fetchAll(content, chosen, maximumDocument),
  )
  const rawConfig = await fetchAll(content, configDescriptor, maximumDocument)
  const config = isImageConfig(configDescriptor) ? parseImageConfig(rawConfig) : undefined
  const size = layers.reduce((sum, layer) => sum + layer.size, configDescriptor.size)
  const platforms = listed.length > 0 ? platformsOf(listed) : config === undefined ? [] : [platformOf(config)]
  return { ...common, rawConfig, ...(config && { config }), layers, platforms, size }
}

/** True for the config of an image; artifacts have configs of any type. */
function isImageConfig({ mediaType }: Descriptor): boolean {
  return mediaType === mediaTypes.ociConfig || mediaType === mediaTypes.dockerConfig
}

function platformsOf(manifests: readonly Descriptor[]): readonly Platform[] {
  return manifests.flatMap(({ platform }) => (platform === undefined || platform.os === 'unknown' ? [] : [platform]))
}

function platformOf({ os, architecture, variant }: ImageConfig): Platform {
  return { os, architecture, ...(variant !== undefined && { variant }) }
}
