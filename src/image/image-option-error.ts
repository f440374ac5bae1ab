import type { Suggestion } from '@tsbuild/dockerfile'

/** An image cannot be made as requested: wrong annotation, contradicting options. */
export class ImageOptionError extends Error {
  override readonly name = 'ImageOptionError'
  readonly code: 'ANNOTATION_INVALID' | 'OUTPUT_CONFLICT'
  readonly hint: string | undefined
  readonly suggestion: string | undefined

  constructor(code: ImageOptionError['code'], message: string, options: ErrorOptions & Suggestion = {}) {
    super(message, options)
    this.code = code
    this.hint = options.hint
    this.suggestion = options.suggestion
  }
}
