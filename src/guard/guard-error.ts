import { TsbuildError } from '@tsbuild/errors'

/**
 * The image would hold a secret of the build. The message names its id, never its value; `step` is
 * that of the history of the image.
 */
export class GuardError extends TsbuildError<'SECRET_IN_LAYER' | 'SECRET_IN_CONFIG'> {
  override readonly name = 'GuardError'
}
