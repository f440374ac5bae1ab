import type { Suggestion } from '@tsbuild/dockerfile'

/** A build that cannot start with these options, or that its caller ended. */
export class BuildError extends Error {
  override readonly name = 'BuildError'
  readonly code:
    | 'ABORTED'
    | 'CONTEXT_NOT_FOUND'
    | 'CONTEXT_INVALID'
    | 'DOCKERFILE_AMBIGUOUS'
    | 'DOCKERFILE_NOT_FOUND'
    | 'DOCKERFILE_TOO_LARGE'
    | 'IGNORE_FILE_INVALID'
    | 'OUTPUT_NAME_MISSING'
    | 'PROVENANCE_INCOMPLETE'
    | 'SECRET_NOT_FOUND'
  readonly hint: string | undefined
  readonly suggestion: string | undefined

  constructor(code: BuildError['code'], message: string, options: ErrorOptions & Suggestion = {}) {
    super(message, options)
    this.code = code
    this.hint = options.hint
    this.suggestion = options.suggestion
  }
}
