/** Members of a JSON object; empty for every other text. */
export function parseMembers(text: string): ReadonlyMap<string, unknown> {
  try {
    const value: unknown = JSON.parse(text)
    return new Map(Object.entries(Object(value)))
  } catch {
    return new Map()
  }
}
