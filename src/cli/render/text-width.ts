// Enough of Unicode's East Asian Width (UAX 11) to keep a live view aligned: what is wide by
// default, emoji among it.
const wide =
  /^[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{20000}-\u{3fffd}]|^\p{Emoji_Presentation}/u
const invisible = /^[\p{Mn}\p{Me}\p{Cf}]/u
const color = /^\u001b\[[\d;]*m/

/** Columns a line takes in a terminal; colours take none. */
export function textWidth(line: string): number {
  return pieces(line).reduce((sum, piece) => sum + piece.width, 0)
}

/**
 * The line cut to `columns`, with `…` in place of what is gone. Colours beyond the cut stay, so
 * that they end.
 */
export function truncateText(line: string, columns: number): string {
  const all = pieces(line)
  if (all.reduce((sum, piece) => sum + piece.width, 0) <= columns) return line
  let left = columns - 1
  let text = ''
  let cut = false
  for (const { text: piece, width } of all) {
    if (width === 0 ? !cut || color.test(piece) : !cut && width <= left) {
      text += piece
      left -= width
    } else if (!cut) {
      cut = true
      text += columns > 0 ? '…' : ''
    }
  }
  return text
}

function pieces(line: string): readonly { readonly text: string; readonly width: number }[] {
  const found: { text: string; width: number }[] = []
  let at = 0
  while (at < line.length) {
    const mark = color.exec(line.slice(at, at + 32))
    const text = mark?.[0] ?? String.fromCodePoint(line.codePointAt(at) ?? 0)
    found.push({ text, width: mark !== null || invisible.test(text) ? 0 : wide.test(text) ? 2 : 1 })
    at += text.length
  }
  return found
}
