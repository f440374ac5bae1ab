import { formatPlatform, type Platform } from '@tsbuild/oci'
import { isFor } from './annotations.ts'
import type { ImageForm } from './assemble.ts'
import { ImageOptionError } from './image-option-error.ts'

/**
 * Throws `ImageOptionError` where images for these platforms cannot have a form, before anything is
 * built.
 */
export function checkForm(
  { annotations, family, compression, alwaysIndex, attestations }: ImageForm,
  platforms: readonly Platform[],
): void {
  if (family === 'docker' && (compression.type === 'zstd' || compression.type === 'estargz')) {
    throw new ImageOptionError(
      'OUTPUT_CONFLICT',
      `exporter option "compression=${compression.type}" conflicts with "oci-mediatypes=false"`,
    )
  }
  if (family === 'docker' && attestations) {
    throw new ImageOptionError('OUTPUT_CONFLICT', 'cannot export attestations with "oci-mediatypes=false"')
  }
  const hasIndex = platforms.length > 1 || alwaysIndex || attestations?.place === 'index'
  for (const annotation of annotations) {
    if (family === 'docker' && annotation.target !== 'manifest')
      refuse('cannot export annotations with "oci-mediatypes=false"')
    const isOfIndex = annotation.target === 'index' || annotation.target === 'index-descriptor'
    if (isOfIndex && !hasIndex) refuse('index annotations not supported for single platform export')
    if (annotation.platform !== undefined && !platforms.some((platform) => isFor(annotation, platform))) {
      refuse(`invalid annotation: no platform ${formatPlatform(annotation.platform)} found in source`)
    }
  }
}

function refuse(message: string): never {
  throw new ImageOptionError('ANNOTATION_INVALID', message)
}
