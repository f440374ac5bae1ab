import type { PatternSearch } from './pattern-search.ts'

/** A secret in a document. */
export interface DocumentHit {
  readonly id: string
  /** Place in the document, masked: `config.Env[0]`. */
  readonly key: string
}

/** Searches the texts of a document (plain data), keys included, until something is found. */
export function searchDocument(value: unknown, search: PatternSearch, key = ''): DocumentHit | undefined {
  if (typeof value === 'string') return hitIn(value, search, key)
  if (typeof value !== 'object' || value === null) return undefined
  for (const [name, member] of Object.entries(value)) {
    const place = search.mask(
      Array.isArray(value)
        ? `${key}[${name}]`
        : /^[\w.]+$/.test(name)
          ? `${key && `${key}.`}${name}`
          : `${key}[${JSON.stringify(name)}]`,
    )
    const hit = hitIn(name, search, place) ?? searchDocument(member, search, place)
    if (hit) return hit
  }
  return undefined
}

function hitIn(text: string, search: PatternSearch, key: string): DocumentHit | undefined {
  const found = search.find(Buffer.from(text))
  return found && { id: found.id, key }
}
