/** Annotation keys the image specification defines and tsbuild reads or writes (image-spec, annotations.md). */
export const annotationKeys = {
  created: 'org.opencontainers.image.created',
  refName: 'org.opencontainers.image.ref.name',
  baseName: 'org.opencontainers.image.base.name',
  baseDigest: 'org.opencontainers.image.base.digest',
} as const
