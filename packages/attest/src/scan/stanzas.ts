/** Fields of one record, by lower-case name; every value of a repeated field. */
export type Stanza = ReadonlyMap<string, readonly string[]>

/**
 * Reads records in the layout of e-mail headers, as dpkg and Python write them: `Name: value`, more
 * lines of a value are indented, a record ends at an empty line. Lines that are neither are passed
 * over.
 */
export function* parseStanzas(text: string): Generator<Stanza> {
  let fields = new Map<string, string[]>()
  let values: string[] | undefined
  for (const line of lines(text)) {
    if (line === '') {
      if (fields.size > 0) yield fields
      fields = new Map()
      values = undefined
      continue
    }
    if (line.startsWith(' ') || line.startsWith('\t')) {
      const last = values?.pop()
      if (last !== undefined) values?.push(`${last}\n${line.trim()}`)
      continue
    }
    const colon = line.indexOf(':')
    if (colon < 1) continue
    const name = line.slice(0, colon).toLowerCase()
    values = fields.get(name) ?? []
    values.push(line.slice(colon + 1).trim())
    fields.set(name, values)
  }
  if (fields.size > 0) yield fields
}

/** The first value of a field; undefined where it is absent or empty. */
export function readField(stanza: Stanza, name: string): string | undefined {
  const value = stanza.get(name)?.[0]
  return value === '' ? undefined : value
}

/**
 * Lines without their ends, one after the other: databases of packages have hundreds of thousands.
 */
function* lines(text: string): Generator<string> {
  for (let start = 0; start < text.length; ) {
    const found = text.indexOf('\n', start)
    const end = found < 0 ? text.length : found
    yield text.slice(start, text[end - 1] === '\r' ? end - 1 : end)
    start = end + 1
  }
}
