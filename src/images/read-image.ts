import { type ContentSource, fetchAll } from '@tsbuild/content'
import {
  type Descriptor,
  type ImageConfig,
  type ImageManifest,
  isIndexType,
  mediaTypes,
  parseImageConfig,
  parseManifest,
} from '@tsbuild/oci'
import type { ImageSource } from '../store/places/image-source.ts'
import { selectManifest } from '../store/places/select-manifest.ts'
import { EditError } from './edit-error.ts'

/** An image for one platform, to be changed. */
export interface EditableImage {
  readonly manifest: ImageManifest
  readonly config: ImageConfig
  readonly content: ContentSource
}

/**
 * Reads the image of one platform. An index needs `platform`: the changed image is for that one
 * only. Rejects with `PLATFORM_NOT_FOUND` or `IMAGE_INVALID`.
 */
export async function readImage(source: ImageSource, platform: string | undefined): Promise<EditableImage> {
  const { content, name } = source
  if (platform === undefined && isIndexType(source.descriptor.mediaType))
    throw new EditError('PLATFORM_NOT_FOUND', `${name} is for several platforms, and one can be changed at a time`, {
      hint: 'choose one with --platform; tsbuild index create joins the results',
    })
  const descriptor = await selectManifest(source.descriptor, content, platform)
  const manifest = parseManifest(await fetchAll(content, descriptor))
  if (!isImageConfig(manifest.config))
    throw new EditError('IMAGE_INVALID', `${name} is an artifact of type ${manifest.config.mediaType}, not an image`)
  const config = parseImageConfig(await fetchAll(content, manifest.config))
  if (config.rootfs.diff_ids.length !== manifest.layers.length)
    throw new EditError('IMAGE_INVALID', `${name} has another number of layers in its config than in its manifest`)
  return { manifest, config, content }
}

/** True for the config of an image; artifacts have configs of any type. */
export function isImageConfig({ mediaType }: Descriptor): boolean {
  return mediaType === mediaTypes.ociConfig || mediaType === mediaTypes.dockerConfig
}
