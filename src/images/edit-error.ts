import { TsbuildError } from '@tsbuild/errors'

/** An image cannot be changed in the requested way. */
export class EditError extends TsbuildError<'IMAGE_INVALID' | 'PLATFORM_NOT_FOUND'> {
  override readonly name = 'EditError'
}
