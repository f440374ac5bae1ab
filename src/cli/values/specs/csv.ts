import { UsageError } from '../../invocation/usage-error.ts'

/**
 * The fields of one CSV record as Go's encoding/csv reads it: a field may be quoted as a whole
 * (`"name=a,b"`), `""` is a quote in it. Throws `UsageError` for a stray quote.
 */
export function parseCsv(text: string): readonly string[] {
  const fields: string[] = []
  let at = 0
  for (;;) {
    const [field, end] = text[at] === '"' ? quotedField(text, at) : plainField(text, at)
    fields.push(field)
    if (end >= text.length) return fields
    at = end + 1
  }
}

/** Fields of the form `key=value`; a bare key has no value. Keys are trimmed and lower-cased. */
export function parseFields(text: string): readonly { readonly key: string; readonly value?: string }[] {
  return parseCsv(text).map((field) => {
    const equals = field.indexOf('=')
    if (equals < 0) return { key: field.trim().toLowerCase() }
    return { key: field.slice(0, equals).trim().toLowerCase(), value: field.slice(equals + 1) }
  })
}

function quotedField(text: string, start: number): readonly [field: string, end: number] {
  let field = ''
  for (let at = start + 1; at < text.length; at++) {
    if (text[at] !== '"') field += text[at]
    else if (text[at + 1] === '"') field += text[++at]
    else if (at + 1 === text.length || text[at + 1] === ',') return [field, at + 1]
    else break
  }
  throw new UsageError(`cannot read "${text}": the quote of a quoted field must be its last character`)
}

function plainField(text: string, start: number): readonly [field: string, end: number] {
  const comma = text.indexOf(',', start)
  const end = comma < 0 ? text.length : comma
  const field = text.slice(start, end)
  if (field.includes('"')) throw new UsageError(`cannot read "${text}": a quote may only stand around a whole field`)
  return [field, end]
}
