import { didYouMean } from '@tsbuild/dockerfile'
import { UsageError } from './usage-error.ts'

/** The error for a word that is none of a few, with the nearest of them. `what` is the flag or key: `Option --call`. */
export function notAllowed(what: string, text: string, allowed: readonly string[]): UsageError {
  return new UsageError(`${what} cannot take "${text}": allowed are ${allowed.join(', ')}`, didYouMean(text, allowed))
}
