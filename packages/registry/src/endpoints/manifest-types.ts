import { mediaTypes } from '@tsbuild/oci'

/** What a registry may answer a manifest request with, the most wanted first. */
export const acceptedManifests: readonly string[] = [
  mediaTypes.ociIndex,
  mediaTypes.dockerManifestList,
  mediaTypes.ociManifest,
  mediaTypes.dockerManifest,
]
