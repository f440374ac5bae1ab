import { didYouMean } from '@tsbuild/dockerfile'
import { UsageError } from './usage-error.ts'

/**
 * Error for an invalid value of an enumeration, with the nearest valid one. `what` is the flag or
 * key: `--call`.
 */
export function notAllowed(what: string, text: string, allowed: readonly string[]): UsageError {
  return new UsageError(`invalid ${what} "${text}": expected one of ${allowed.join(', ')}`, didYouMean(text, allowed))
}
