/**
 * A rootfs could not be made, or nothing here can make one. Codes of the parts below,
 * `USER_NOT_FOUND` or `LAYER_CORRUPT`, pass unchanged.
 */
export class RootfsError extends Error {
  override readonly name = 'RootfsError'
  readonly code: string
  readonly hint: string | undefined

  constructor(code: string, message: string, options: { readonly hint?: string; readonly cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.code = code
    this.hint = options.hint
  }
}
