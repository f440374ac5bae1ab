/**
 * Go's `unicode.IsSpace` as the inside of a character class; JavaScript's `\s` differs on U+0085
 * and U+FEFF.
 */
const blanks = '\\t-\\r \\u0085\\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000'
const blank = new RegExp(`[${blanks}]`)
const leading = new RegExp(`^[${blanks}]+`)

/** True for a character that separates words. */
export function isBlank(character: string): boolean {
  return blank.test(character)
}

/** The text without blanks at its start. */
export function trimStart(text: string): string {
  return text.replace(leading, '')
}

/** The text without blanks at either end; linear, which a `[blanks]+$` expression is not. */
export function trim(text: string): string {
  let end = text.length
  while (end > 0 && isBlank(text.charAt(end - 1))) end -= 1
  return trimStart(text.slice(0, end))
}

/**
 * Splits on runs of tab, vertical tab, form feed, carriage return and space; `''` gives one empty
 * word.
 */
export function splitBlanks(text: string): string[] {
  return text.split(/[\t\v\f\r ]+/)
}

/**
 * The text up to the first such run, and what follows the run; nothing follows when there is no
 * run.
 */
export function cutBlanks(text: string): { head: string; tail: string | undefined } {
  const found = /[\t\v\f\r ]+/.exec(text)
  if (found === null) return { head: text, tail: undefined }
  return { head: text.slice(0, found.index), tail: text.slice(found.index + found[0].length) }
}
