import type { Suggestion } from '@tsbuild/dockerfile'

/**
 * The call was wrong: the message names the flag and what it takes. The command line ends with exit
 * code 2.
 */
export class UsageError extends Error {
  override readonly name = 'UsageError'
  readonly code = 'USAGE'
  readonly hint: string | undefined
  /** Likely intended word instead of one in the message. */
  readonly suggestion: string | undefined

  constructor(message: string, options: ErrorOptions & Suggestion = {}) {
    super(message, options)
    this.hint = options.hint
    this.suggestion = options.suggestion
  }
}
