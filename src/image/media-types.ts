import { compressionOf, type Descriptor, mediaTypes } from '@tsbuild/oci'

/** Which family of names the documents of an image use. */
export type Family = 'oci' | 'docker'

/** The media types of manifest, index and config in a family. */
export function documentTypes(family: Family): { readonly manifest: string; readonly index: string; readonly config: string } {
  return family === 'oci'
    ? { manifest: mediaTypes.ociManifest, index: mediaTypes.ociIndex, config: mediaTypes.ociConfig }
    : { manifest: mediaTypes.dockerManifest, index: mediaTypes.dockerManifestList, config: mediaTypes.dockerConfig }
}

/** The same layer under its name in `family`; zstd has none in Docker's. */
export function layerOfFamily({ mediaType, digest, size }: Descriptor, family: Family): Descriptor {
  const names = {
    oci: { none: mediaTypes.ociLayer, gzip: mediaTypes.ociLayerGzip, zstd: mediaTypes.ociLayerZstd },
    docker: { none: mediaTypes.dockerLayer, gzip: mediaTypes.dockerLayerGzip, zstd: mediaTypes.ociLayerZstd },
  }
  return { mediaType: names[family][compressionOf(mediaType)], digest, size }
}
