import { stripVTControlCharacters } from 'node:util'

const color = /\u001b\[[\d;]*m/g
const control = /[\u0000-\u0008\u000a-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g

/**
 * One line of text from outside with nothing in it that moves a cursor, sets a title or turns the writing direction. Colours stay
 * when `colors` is set, and end with the line.
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

function clean(text: string): string {
  return stripVTControlCharacters(text).replace(control, '')
}
