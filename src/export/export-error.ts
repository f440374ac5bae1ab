/** An output cannot be written. */
export class ExportError extends Error {
  override readonly name = 'ExportError'
  readonly code: 'OUTPUT_CONFLICT' | 'OUTPUT_NAME_MISSING' | 'OUTPUT_FAILED' | 'OUTPUT_TERMINAL'
  readonly hint: string | undefined

  constructor(code: ExportError['code'], message: string, options: ErrorOptions & { readonly hint?: string } = {}) {
    super(message, options)
    this.code = code
    this.hint = options.hint
  }
}
