/**
 * The name of a stage as it is looked up: lower-cased. Undefined when it is not
 * `[a-z][a-z0-9-_.]*`.
 */
export function parseStageName(name: string): string | undefined {
  const lower = name.toLowerCase()
  return /^[a-z][a-z0-9\-_.]*$/.test(lower) ? lower : undefined
}
