/** A place in a text that moves forward, one Unicode character at a time. */
export interface Cursor {
  readonly text: string
  at: number
}

/** A cursor before the first character. */
export function createCursor(text: string): Cursor {
  return { text, at: 0 }
}

/** The character ahead, `''` at the end. */
export function peek(cursor: Cursor): string {
  const code = cursor.text.codePointAt(cursor.at)
  return code === undefined ? '' : String.fromCodePoint(code)
}

/** Moves over the character ahead and returns it. */
export function next(cursor: Cursor): string {
  const character = peek(cursor)
  cursor.at += character.length
  return character
}
