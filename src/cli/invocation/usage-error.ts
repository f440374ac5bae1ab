import { type ErrorDetails, TsbuildError } from '@tsbuild/errors'

/**
 * The call was wrong: the message names the flag and what it takes. The command line ends with exit
 * code 2.
 */
export class UsageError extends TsbuildError<'USAGE'> {
  override readonly name = 'UsageError'

  constructor(message: string, details: ErrorDetails = {}) {
    super('USAGE', message, details)
  }
}
