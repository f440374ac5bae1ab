import { cutBlanks } from '../text/blank.ts'
import { failure } from '../text/failure.ts'
import { refuseFlags } from '../syntax/read-flags.ts'
import { quoteGo } from '../text/quote-go.ts'
import type { Pair } from '../syntax/instruction.ts'
import type { InstructionText } from '../syntax/split-instructions.ts'
import { splitWords } from '../text/split-words.ts'
import { atLeastOne, refuseBlankName } from './base.ts'

/**
 * `name=value…`, or the old `name value` where the value is the rest of the line: the first word
 * decides.
 */
export function parsePairs(text: InstructionText): { pairs: readonly Pair[]; legacy: boolean } {
  const { words, legacy } = pairWords(text)
  refuseFlags(text)
  const pairs = atLeastOne(text, words)
  for (const { name, value } of pairs) refuseBlankName(text, name, `=${value}`)
  return { pairs, legacy }
}

/**
 * The pairs before flags and names are checked: the part of the grammar that ONBUILD checks when it
 * is defined.
 */
export function pairWords(text: InstructionText): { words: readonly Pair[]; legacy: boolean } {
  const words = splitWords(text.rest, text.escape)
  if (words[0]?.includes('=') === false) return { words: [legacyPair(text)], legacy: true }
  return { words: words.map((word) => parsePair(text, word)), legacy: false }
}

function legacyPair(text: InstructionText): Pair {
  const { head, tail } = cutBlanks(text.rest)
  if (tail !== undefined) return { name: head, value: tail }
  const keyword = text.keyword.toUpperCase()
  throw failure(text, 'ARGUMENTS_INVALID', {
    message: `${keyword} must have two arguments`,
    word: head,
    hint: `write ${keyword} ${head}=VALUE`,
  })
}

function parsePair(text: InstructionText, word: string): Pair {
  const equals = word.indexOf('=')
  if (equals !== -1) return { name: word.slice(0, equals), value: word.slice(equals + 1) }
  const message = `Syntax error - can't find = in ${quoteGo(word)}. Must be of the form: name=value`
  const hint = word.startsWith('#') ? 'a comment needs a line of its own' : 'quote a value that contains blanks'
  throw failure(text, 'ARGUMENTS_INVALID', { message, word, hint })
}
