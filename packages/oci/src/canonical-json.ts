/**
 * Writes a value as Go's encoding/json does, so that digests agree with tools written in Go: plain
 * objects are Go maps (keys sorted), a `Map` is a Go struct (keys in its order), undefined members
 * are left out, `<`, `>`, `&` and the two Unicode line separators are escaped. With `indent` it is
 * `json.MarshalIndent` without a prefix.
 */
export function canonicalJson(value: unknown, indent?: number): string {
  const text = indent === undefined ? compact(value) : indented(value, '\n', ' '.repeat(indent))
  return text.replace(
    /[<>&\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}

function compact(value: unknown): string {
  return indented(value, '', '')
}

/**
 * `newline` is the line break and the indentation of the surrounding value; empty for compact text.
 */
function indented(value: unknown, newline: string, step: string): string {
  const inner = newline + step
  if (Array.isArray(value)) {
    const items = value.map((item: unknown) => indented(item ?? null, inner, step))
    return wrap('[]', items, { newline, inner })
  }
  const members = sortedMembers(value)
  if (members === undefined) return scalar(value)
  const colon = newline === '' ? ':' : ': '
  const written = members.map(([key, member]) => `${scalar(key)}${colon}${indented(member, inner, step)}`)
  return wrap('{}', written, { newline, inner })
}

function sortedMembers(value: unknown): readonly (readonly [string, unknown])[] | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const members: [string, unknown][] = value instanceof Map ? [...value] : Object.entries(value).sort(byKey)
  return members.filter(([, member]) => member !== undefined)
}

/**
 * Go sorts keys by their UTF-8 bytes, which differs from JavaScript's UTF-16 order beyond the basic
 * plane.
 */
function byKey([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b))
}

/** Halves of surrogate pairs become U+FFFD, since Go's strings cannot hold them. */
function scalar(value: unknown): string {
  return JSON.stringify(typeof value === 'string' ? value.toWellFormed() : value)
}

function wrap(
  brackets: string,
  items: readonly string[],
  { newline, inner }: { newline: string; inner: string },
): string {
  if (items.length === 0) return brackets
  return `${brackets[0]}${inner}${items.join(`,${inner}`)}${newline}${brackets[1]}`
}
