/** Members of an object of decoded JSON; throws `TypeError` for other values. */
export function readMembers(value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new TypeError('an object is missing')
  return Object.fromEntries(Object.entries(value))
}

/** Members of a list of decoded JSON; throws `TypeError` for other values. */
export function readList(value: unknown): readonly unknown[] {
  if (!Array.isArray(value)) throw new TypeError('a list is missing')
  return value
}
