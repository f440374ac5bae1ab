import { stripVTControlCharacters } from 'node:util'

const color = /\u001b\[[\d;]*m/g
const control = /[\u0000-\u0008\u000a-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g

/**
 * One line of text from outside with nothing in it that moves a cursor, sets a title or turns the
 * writing direction. Colours stay when `colors` is set, and end with the line.
 */
export function safeText(line: string, { colors = false }: { readonly colors?: boolean } = {}): string {
  if (!colors) return clean(line)
  const marks = line.match(color) ?? []
  const text = line
    .split(color)
    .map((piece, index) => clean(piece) + (marks[index] ?? ''))
    .join('')
  return marks.length === 0 ? text : `${text}\u001b[0m`
}

/** Text of several lines, each of them safe. */
export function safeBlock(text: string): string {
  return text
    .split('\n')
    .map((line) => safeText(line))
    .join('\n')
}

/**
 * JSON in one line, or indented. The same value for programs; control characters that JSON leaves
 * as they are get escaped.
 */
export function safeJson(value: unknown, indent?: number): string {
  const escape = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
  return (JSON.stringify(value, undefined, indent) ?? '').replace(control, (character) =>
    character === '\n' ? character : escape(character),
  )
}

function clean(text: string): string {
  return stripVTControlCharacters(text).replace(control, '')
}
