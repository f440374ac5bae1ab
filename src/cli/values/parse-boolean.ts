import { UsageError } from '../invocation/usage-error.ts'

const words: ReadonlyMap<string, boolean> = new Map([
  ...['1', 't', 'T', 'true', 'TRUE', 'True'].map((word) => [word, true] as const),
  ...['0', 'f', 'F', 'false', 'FALSE', 'False'].map((word) => [word, false] as const),
])

/**
 * A boolean as Go's strconv reads it; no value at all means true. `what` names the flag or key in
 * the `UsageError`.
 */
export function parseBoolean(what: string, text: string | undefined): boolean {
  if (text === undefined) return true
  const value = words.get(text)
  if (value === undefined) throw new UsageError(`invalid ${what} "${text}": expected true or false`)
  return value
}

/** True if `parseBoolean` can read a text. */
export function isBoolean(text: string): boolean {
  return words.has(text)
}
