/**
 * One way to authenticate that a 401 answer offers (RFC 9110 § 11.6.1). Scheme and parameter names
 * are lower case.
 */
export interface Challenge {
  readonly scheme: string
  readonly parameters: ReadonlyMap<string, string>
}

/** Longer headers are not from a registry. */
const maxLength = 8192

// Either `name = value` with a token or a quoted string as value, or the bare name of a scheme.
const part = /([!#$%&'*+.^_`|~0-9A-Za-z-]+)(?:\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s",]+)))?/g

/**
 * Reads a WWW-Authenticate header, which may hold several challenges; what is not understood is
 * skipped.
 */
export function parseChallenges(header: string | null): readonly Challenge[] {
  const challenges: { scheme: string; parameters: Map<string, string> }[] = []
  for (const [, name = '', quoted, token] of (header ?? '').slice(0, maxLength).matchAll(part)) {
    const value = quoted?.replace(/\\(.)/g, '$1') ?? token
    if (value === undefined) challenges.push({ scheme: name.toLowerCase(), parameters: new Map() })
    else challenges.at(-1)?.parameters.set(name.toLowerCase(), value)
  }
  return challenges
}
