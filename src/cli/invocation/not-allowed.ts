import { didYouMean } from '@tsbuild/dockerfile'
import { UsageError } from './usage-error.ts'

/** The error for a word that is none of a few, with the nearest of them. `what` is the flag or key: `--call`. */
export function notAllowed(what: string, text: string, allowed: readonly string[]): UsageError {
  return new UsageError(`invalid ${what} "${text}": expected one of ${allowed.join(', ')}`, didYouMean(text, allowed))
}
