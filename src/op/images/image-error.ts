/** A base image cannot be used. */
export class ImageError extends Error {
  override readonly name = 'ImageError'
  readonly code: 'PLATFORM_NOT_FOUND' | 'IMAGE_INVALID' | 'IMAGE_NOT_FOUND'
  readonly hint: string | undefined

  constructor(code: ImageError['code'], message: string, options: ErrorOptions & { readonly hint?: string } = {}) {
    super(message, options)
    this.code = code
    this.hint = options.hint
  }
}
