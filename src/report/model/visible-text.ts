/** General category C, line and paragraph separators, and letters and marks without ink. */
const hidden = /\p{C}|\p{Zl}|\p{Zp}|\p{Variation_Selector}|\u00ad|\u034f|\u115f|\u1160|\u3164|\uffa0/gu

/**
 * Text from outside as one line in which every character shows: control characters, marks that turn
 * the writing direction, invisible characters and bytes that are not UTF-8 become `\x1b` or
 * `\u{202e}`. Different texts stay different: a backslash becomes two where something is replaced.
 */
export function visibleText(text: string): string {
  if (text.search(hidden) < 0) return text
  return text.replaceAll('\\', '\\\\').replaceAll(hidden, (character) => {
    const code = character.codePointAt(0) ?? 0
    if (code >= 0xdc80 && code <= 0xdcff) return `\\x${(code - 0xdc00).toString(16)}`
    return code < 0x80 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u{${code.toString(16)}}`
  })
}
