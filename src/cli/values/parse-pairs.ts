import { UsageError } from '../invocation/usage-error.ts'

/**
 * `key=value` texts as a record; later ones win, a bare key has an empty value (`--label`). Throws
 * `UsageError` without a key.
 */
export function parsePairs(flag: string, values: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(values.map((text) => splitPair(flag, text, () => '')))
}

/** The same where a value is a must (`--build-context`). */
export function parseFullPairs(flag: string, values: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    values.map((text) =>
      splitPair(flag, text, () => {
        throw new UsageError(`invalid ${flag} "${text}": expected name=value`)
      }),
    ),
  )
}

function splitPair(flag: string, text: string, missing: () => string): readonly [key: string, value: string] {
  const equals = text.indexOf('=')
  const key = equals < 0 ? text : text.slice(0, equals)
  if (key === '') throw new UsageError(`invalid ${flag} "${text}": expected a key before "="`)
  return [key, equals < 0 ? missing() : text.slice(equals + 1)]
}
