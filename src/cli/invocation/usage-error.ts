import type { Suggestion } from '@tsbuild/dockerfile'

/** The call was wrong: the message names the flag and what it takes. The command line ends with exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
  readonly code = 'USAGE'
  readonly hint: string | undefined
  /** What may have been meant by a word of the message. */
  readonly suggestion: string | undefined

  constructor(message: string, options: ErrorOptions & Suggestion = {}) {
    super(message, options)
    this.hint = options.hint
    this.suggestion = options.suggestion
  }
}
