/** Kind of the refused document or name. */
export type OciErrorCode =
  | 'DIGEST_INVALID'
  | 'DESCRIPTOR_INVALID'
  | 'MANIFEST_INVALID'
  | 'INDEX_INVALID'
  | 'CONFIG_INVALID'
  | 'REFERENCE_INVALID'
  | 'PLATFORM_INVALID'

/**
 * Something that claims to be an OCI document, name or platform is not one. `code` is stable;
 * `hint` says what would be right.
 */
export class OciError extends Error {
  override readonly name = 'OciError'
  readonly code: OciErrorCode
  readonly hint: string | undefined

  constructor(code: OciErrorCode, message: string, options: ErrorOptions & { readonly hint?: string } = {}) {
    super(message, options)
    this.code = code
    this.hint = options.hint
  }
}
