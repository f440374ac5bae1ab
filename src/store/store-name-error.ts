import type { Suggestion } from '@tsbuild/dockerfile'

/** A name means no image of the store, or several. */
export class StoreNameError extends Error {
  override readonly name = 'StoreNameError'
  readonly code: 'NOT_FOUND' | 'AMBIGUOUS' | 'ARCHIVE_INVALID' | 'ENDPOINT_CONFLICT'
  readonly hint: string | undefined
  readonly suggestion: string | undefined

  constructor(code: StoreNameError['code'], message: string, options: ErrorOptions & Suggestion = {}) {
    super(message, options)
    this.code = code
    this.hint = options.hint
    this.suggestion = options.suggestion
  }
}
