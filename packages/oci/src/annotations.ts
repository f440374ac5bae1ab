/**
 * Annotation keys tsbuild reads or writes: those the image specification defines (image-spec,
 * annotations.md), and containerd's for a full name.
 */
export const annotationKeys = {
  created: 'org.opencontainers.image.created',
  refName: 'org.opencontainers.image.ref.name',
  imageName: 'io.containerd.image.name',
  baseName: 'org.opencontainers.image.base.name',
  baseDigest: 'org.opencontainers.image.base.digest',
} as const
