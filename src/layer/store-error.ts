/** The store cannot be used, or something in it is not what it should be. */
export class StoreError extends Error {
  override readonly name = 'StoreError'
  readonly code: 'STORE_TOO_NEW' | 'STORE_UNUSABLE' | 'STORE_BUSY' | 'LAYER_CORRUPT' | 'LAYER_GONE'
  readonly hint: string | undefined

  constructor(code: StoreError['code'], message: string, options: ErrorOptions & { readonly hint?: string } = {}) {
    super(message, options)
    this.code = code
    this.hint = options.hint
  }
}
