import { TsbuildError } from '@tsbuild/errors'

export type ImageOptionErrorCode = 'ANNOTATION_INVALID' | 'OUTPUT_CONFLICT'

/** An image cannot be made as requested: wrong annotation, contradicting options. */
export class ImageOptionError extends TsbuildError<ImageOptionErrorCode> {
  override readonly name = 'ImageOptionError'
}
