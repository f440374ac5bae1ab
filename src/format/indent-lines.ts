import { format } from 'dockerfile-utils'

const indentation = { tabSize: 4, insertSpaces: true }

/**
 * Lines of a Dockerfile, indented as dockerfile-utils indents: instructions and comments at the
 * margin, continued lines by four blanks. It finds instructions by rules of its own, so some lines
 * may be wrong. The number of lines stays.
 */
export function indentLines(lines: readonly string[]): readonly string[] {
  const text = lines.join('\n')
  // For dockerfile-utils a carriage return alone ends a line.
  if (/\r(?!\n|$)/.test(text)) return lines
  const indented = [...lines]
  for (const { range, newText } of format(text, indentation)) {
    const line = indented[range.start.line]
    if (line === undefined || range.start.line !== range.end.line) continue
    indented[range.start.line] = line.slice(0, range.start.character) + newText + line.slice(range.end.character)
  }
  return indented
}
