import { mediaTypes } from '@tsbuild/oci'

/** Accepted media types of manifests, the preferred first. */
export const acceptedManifests: readonly string[] = [
  mediaTypes.ociIndex,
  mediaTypes.dockerManifestList,
  mediaTypes.ociManifest,
  mediaTypes.dockerManifest,
]
