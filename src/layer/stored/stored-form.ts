import type { Compression } from '@tsbuild/content'
import { type Descriptor, mediaTypes } from '@tsbuild/oci'

const levelAnnotation = 'tsbuild.level'

/** Media type of a layer stored this way (image-spec, layer.md). */
export function layerMediaType(compression: Compression): string {
  return { none: mediaTypes.ociLayer, gzip: mediaTypes.ociLayerGzip, zstd: mediaTypes.ociLayerZstd }[compression.type]
}

/**
 * Descriptor of a stored form in layer records: with the requested level, so that another level is
 * not mistaken for it.
 */
export function storedForm(blob: Pick<Descriptor, 'digest' | 'size'>, compression: Compression): Descriptor {
  const descriptor = { mediaType: layerMediaType(compression), digest: blob.digest, size: blob.size }
  return compression.type === 'none' || compression.level === undefined
    ? descriptor
    : { ...descriptor, annotations: { [levelAnnotation]: String(compression.level) } }
}

/** The descriptor of a stored form for others. */
export function withoutLevel({ mediaType, digest, size, annotations = {} }: Descriptor): Descriptor {
  const { [levelAnnotation]: _, ...rest } = annotations
  return { mediaType, digest, size, ...(Object.keys(rest).length !== 0 && { annotations: rest }) }
}

/** True if a stored form is the one `compression` requests. Without a level, any level will do. */
export function isStoredAs(blob: Descriptor, compression: Compression): boolean {
  if (blob.mediaType !== layerMediaType(compression)) return false
  return (
    compression.type === 'none' ||
    compression.level === undefined ||
    blob.annotations?.[levelAnnotation] === String(compression.level)
  )
}
