/** Something that claims to be an OCI document, name or platform is not one. `code` is stable; `hint` says what would be right. */
export class OciError extends Error {
  override readonly name = 'OciError'
  readonly code: string
  readonly hint: string | undefined

  constructor(code: string, message: string, options: ErrorOptions & { readonly hint?: string } = {}) {
    super(message, options)
    this.code = code
    this.hint = options.hint
  }
}
