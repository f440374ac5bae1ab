import { cutBlanks, isBlank, trim } from './blank.ts'

/** An instruction line taken apart as far as every instruction is alike. */
export interface CommandLine {
  readonly keyword: string
  /** The words that start with `--` right behind the keyword, without quotes and escapes. */
  readonly flags: readonly string[]
  /** All the rest, trimmed. */
  readonly rest: string
}

/**
 * Splits a joined instruction line into keyword, flags and the rest. A lone `--` ends the flags and
 * is dropped.
 */
export function splitCommandLine(line: string, escape: string): CommandLine {
  const { head, tail } = cutBlanks(trim(line))
  const flags: string[] = []
  let rest = trim(tail ?? '')
  while (rest.startsWith('--')) {
    const { word, end } = readFlag(rest, escape)
    rest = trim(rest.slice(end))
    if (word === '--') break
    flags.push(word)
  }
  return { keyword: head, flags, rest }
}

/**
 * The flag at the start of the text: quotes are removed, the escape character protects one
 * character, in quotes too.
 */
function readFlag(text: string, escape: string): { word: string; end: number } {
  let word = ''
  let quote = ''
  let at = 0
  for (; at < text.length; at += 1) {
    const character = text.charAt(at)
    if (character === quote && quote !== '') quote = ''
    else if (character === escape) {
      at += 1
      word += text.charAt(at)
    } else if (quote !== '') word += character
    else if (isBlank(character)) break
    else if (character === '"' || character === "'") quote = character
    else word += character
  }
  return { word, end: at }
}
