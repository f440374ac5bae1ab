/** What was asked of an image cannot be: wrong annotation, options that contradict each other. */
export class ImageOptionError extends Error {
  override readonly name = 'ImageOptionError'
  readonly code: 'ANNOTATION_INVALID' | 'OUTPUT_CONFLICT'
  readonly hint: string | undefined

  constructor(code: ImageOptionError['code'], message: string, options: ErrorOptions & { readonly hint?: string } = {}) {
    super(message, options)
    this.code = code
    this.hint = options.hint
  }
}
