import type { Position, Range } from '@tsbuild/errors'

/** Heading and size of a code frame. */
export interface CodeFrameOptions {
  /** File name for the heading line; no heading without it. */
  readonly name?: string
  /** Lines above and below; default 2. */
  readonly context?: number
}

/** Columns of a line that are shown; a longer line is cut around the range. */
const width = 120
/** Lines of the range that are shown. */
const height = 12

/**
 * The lines around a range with their numbers; lines of the range are marked `>`, and a range on
 * one line is underlined with `^`. Control characters are replaced, long lines cut: the frame is
 * safe to print to a terminal.
 */
export function codeFrame(text: string, range: Range, options: CodeFrameOptions = {}): string {
  // What ends the last line begins no other.
  const lines = text.replace(/\r?\n$/, '').split(/\r?\n/)
  const context = options.context ?? 2
  const last = Math.min(range.end.line, range.start.line + height - 1)
  const from = Math.max(1, range.start.line - context)
  const to = Math.min(lines.length, last + context)
  const gutter = String(to).length
  const out: string[] = []
  if (options.name !== undefined) out.push(`${options.name}:${range.start.line}:${range.start.column}`)
  for (let number = from; number <= to; number += 1) {
    const line = lines[number - 1] ?? ''
    const marked = number >= range.start.line && number <= last
    const cut = marked && number === range.start.line ? cutStart(line, range.start) : 0
    out.push(`${marked ? '>' : ' '} ${String(number).padStart(gutter)} | ${show(line, cut)}`.trimEnd())
    if (marked && range.start.line === range.end.line)
      out.push(`  ${' '.repeat(gutter)} | ${underline({ line, number, cut, range })}`)
  }
  return out.join('\n')
}

/** First shown column of a long line. */
function cutStart(line: string, start: Position): number {
  return line.length <= width ? 0 : Math.max(0, Math.min(start.column - 1 - width / 4, line.length - width))
}

function show(line: string, cut: number): string {
  const part = line.slice(cut, cut + width).replace(/\p{Cc}/gu, (character) => (character === '\t' ? ' ' : '\u{fffd}'))
  return `${cut > 0 ? '…' : ''}${part}${cut + width < line.length ? '…' : ''}`
}

function underline(at: { line: string; number: number; cut: number; range: Range }): string {
  const { line, number, cut, range } = at
  const indent = line.length - line.trimStart().length
  const first = number === range.start.line ? range.start.column - 1 : indent
  const behind = number === range.end.line ? range.end.column - 1 : line.trimEnd().length
  const start = Math.max(0, first - cut)
  const end = Math.min(width, behind - cut)
  return ' '.repeat(start + (cut > 0 ? 1 : 0)) + '^'.repeat(Math.max(1, end - start))
}
