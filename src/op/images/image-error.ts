import { TsbuildError } from '@tsbuild/errors'

export type ImageErrorCode = 'PLATFORM_NOT_FOUND' | 'IMAGE_INVALID' | 'IMAGE_NOT_FOUND'

/** A base image cannot be used. */
export class ImageError extends TsbuildError<ImageErrorCode> {
  override readonly name = 'ImageError'
}
