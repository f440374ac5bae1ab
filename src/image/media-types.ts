import { compressionOf, type Descriptor, isForeignLayerType, mediaTypes } from '@tsbuild/oci'

/** Family of names for the documents of an image. */
export type Family = 'oci' | 'docker'

/** The media types of manifest, index and config in a family. */
export function documentTypes(family: Family): {
  readonly manifest: string
  readonly index: string
  readonly config: string
} {
  return family === 'oci'
    ? { manifest: mediaTypes.ociManifest, index: mediaTypes.ociIndex, config: mediaTypes.ociConfig }
    : { manifest: mediaTypes.dockerManifest, index: mediaTypes.dockerManifestList, config: mediaTypes.dockerConfig }
}

const layerTypes = {
  oci: { none: mediaTypes.ociLayer, gzip: mediaTypes.ociLayerGzip, zstd: mediaTypes.ociLayerZstd },
  docker: { none: mediaTypes.dockerLayer, gzip: mediaTypes.dockerLayerGzip, zstd: mediaTypes.dockerLayerZstd },
}
const foreignTypes = {
  oci: { none: mediaTypes.ociForeignLayer, gzip: mediaTypes.ociForeignLayerGzip, zstd: mediaTypes.ociForeignLayerZstd },
  // Such layers have never been published with zstd.
  docker: {
    none: mediaTypes.dockerForeignLayer,
    gzip: mediaTypes.dockerForeignLayerGzip,
    zstd: mediaTypes.dockerLayerZstd,
  },
}

/**
 * Annotations that say how a blob is laid out, for those who read parts of it: eStargz,
 * zstd:chunked.
 */
const layoutAnnotation =
  /^(containerd\.io\/snapshot\/stargz\/|io\.containers\.estargz\.|io\.github\.containers\.zstd-chunked\.)/

/**
 * The same layer under its name in `family`; of its annotations only those that say how the blob is
 * laid out, which Docker's manifests cannot have. With `keepForeign` a layer that is to be had
 * elsewhere only stays one; otherwise it becomes one like any other.
 */
export function layerOfFamily(
  layer: Descriptor,
  { family, keepForeign }: { readonly family: Family; readonly keepForeign: boolean },
): Descriptor {
  const { mediaType, digest, size, urls = [] } = layer
  const compression = compressionOf(mediaType)
  if (keepForeign && isForeignLayerType(mediaType) && urls.length > 0) {
    return { mediaType: foreignTypes[family][compression], digest, size, urls }
  }
  const annotations = Object.entries(family === 'oci' ? (layer.annotations ?? {}) : {}).filter(([key]) =>
    layoutAnnotation.test(key),
  )
  return {
    mediaType: layerTypes[family][compression],
    digest,
    size,
    ...(annotations.length !== 0 && { annotations: Object.fromEntries(annotations) }),
  }
}
