import { TsbuildError } from '@tsbuild/errors'

export type BuildErrorCode =
  | 'ABORTED'
  | 'CONTEXT_NOT_FOUND'
  | 'DOCKERFILE_AMBIGUOUS'
  | 'DOCKERFILE_NOT_FOUND'
  | 'DOCKERFILE_TOO_LARGE'
  | 'IGNORE_FILE_INVALID'
  | 'OUTPUT_NAME_MISSING'
  | 'PROVENANCE_INCOMPLETE'
  | 'SECRET_NOT_FOUND'

/** A build that cannot start with these options, or that its caller ended. */
export class BuildError extends TsbuildError<BuildErrorCode> {
  override readonly name = 'BuildError'
}
