/** A name means no image of the store, or several. */
export class StoreNameError extends Error {
  override readonly name = 'StoreNameError'
  readonly code: 'NOT_FOUND' | 'AMBIGUOUS' | 'ARCHIVE_INVALID' | 'ENDPOINT_CONFLICT'
  readonly hint: string | undefined

  constructor(code: StoreNameError['code'], message: string, options: ErrorOptions & { readonly hint?: string } = {}) {
    super(message, options)
    this.code = code
    this.hint = options.hint
  }
}
