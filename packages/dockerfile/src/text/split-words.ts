import { isBlank } from './blank.ts'

/**
 * Words of ENV, LABEL and ARG: cut at blanks, grouped by quotes. Quotes and escapes stay for the
 * expansion to read. The escape character keeps the character behind it, but not inside single
 * quotes; at the very end it is dropped.
 */
export function splitWords(text: string, escape: string): readonly string[] {
  const words: string[] = []
  let start = -1
  let quote = ''
  for (let at = 0; at < text.length; at += 1) {
    const character = text.charAt(at)
    if (quote === '' && isBlank(character)) {
      if (start !== -1) words.push(text.slice(start, at))
      start = -1
      continue
    }
    if (start === -1) start = at
    if (character === escape && quote !== "'") {
      if (at === text.length - 1) return [...words, ...nonEmpty(text.slice(start, at))]
      at += 1
    } else if (quote === '' && (character === '"' || character === "'")) quote = character
    else if (character === quote) quote = ''
  }
  return start === -1 ? words : [...words, text.slice(start)]
}

function nonEmpty(word: string): string[] {
  return word === '' ? [] : [word]
}
