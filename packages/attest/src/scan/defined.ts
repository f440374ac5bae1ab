/**
 * The members that have a value: optional properties are left out rather than undefined, and empty
 * texts say nothing.
 */
export function defined<T extends Readonly<Record<string, string | undefined>>>(
  members: T,
): { readonly [K in keyof T]?: string } {
  const present: { [K in keyof T]?: string } = {}
  for (const key in members) {
    const value = members[key]
    if (value !== undefined && value.trim() !== '') present[key] = value
  }
  return present
}
