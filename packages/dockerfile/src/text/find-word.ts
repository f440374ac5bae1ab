import type { Range } from '@tsbuild/errors'

/** Characters that may precede and follow a separate word. */
const before = /[\s"'=,:[(]$/
const behind = /^[\s"'=,:\])]/

/**
 * Place of a word in the lines of a range: the first place where it is a separate word, else the
 * first place at all. Comment lines are skipped. Undefined when the range does not contain it, as
 * when it came out of a variable.
 */
export function findWord(lines: readonly string[], range: Range, word: string): Range | undefined {
  if (word === '') return undefined
  let touched: Range | undefined
  for (let number = range.start.line; number <= Math.min(range.end.line, lines.length); number += 1) {
    const line = lines[number - 1] ?? ''
    if (line.trimStart().startsWith('#')) continue
    const first = number === range.start.line ? range.start.column - 1 : 0
    for (let at = line.indexOf(word, first); at >= 0; at = line.indexOf(word, at + 1)) {
      const end = at + word.length
      const place = { start: { line: number, column: at + 1 }, end: { line: number, column: end + 1 } }
      if ((at === 0 || before.test(line.slice(0, at))) && (end === line.length || behind.test(line.slice(end))))
        return place
      touched ??= place
    }
  }
  return touched
}
