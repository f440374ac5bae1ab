/** Headers of an answer. Names ignore case; values of one name are joined with commas. */
export type ResponseHeaders = Pick<Headers, 'get' | 'has'>

/** Reads headers. The global class `Headers` loads all of `fetch` of Node, which takes 15 ms. */
export function responseHeaders(fields: Iterable<readonly [name: string, value: string]>): ResponseHeaders {
  const values = new Map<string, string>()
  for (const [name, value] of fields) {
    const key = name.toLowerCase()
    const before = values.get(key)
    values.set(key, before === undefined ? value.trim() : `${before}, ${value.trim()}`)
  }
  return {
    get: (name) => values.get(name.toLowerCase()) ?? null,
    has: (name) => values.has(name.toLowerCase()),
  }
}
