import { splitBlanks } from '../text/blank.ts'
import { failure } from '../text/failure.ts'
import { readFlags } from '../syntax/read-flags.ts'
import { quoteGo } from '../text/quote-go.ts'
import type { FromInstruction } from '../syntax/instruction.ts'
import type { InstructionText } from '../syntax/split-instructions.ts'
import { parseStageName } from '../values/parse-stage-name.ts'
import { instructionBase } from './base.ts'

/** `FROM [--platform=…] image [AS name]`. */
export function parseFrom(text: InstructionText): FromInstruction {
  const words = text.rest === '' ? [] : splitBlanks(text.rest)
  const [image = '', asKeyword, aliasAsWritten] = words
  const named = words.length === 3 && asKeyword?.toLowerCase() === 'as'
  if (words.length !== 1 && !named) {
    throw failure(text, 'ARGUMENTS_INVALID', {
      message: 'FROM requires either one or three arguments',
      ...wrongWord(words),
    })
  }
  const alias = aliasAsWritten === undefined ? {} : { alias: parseAlias(text, aliasAsWritten), aliasAsWritten }
  const platform = readFlags(text, { text: ['platform'] }).text('platform')
  return {
    kind: 'FROM',
    ...instructionBase(text),
    image,
    ...(platform !== undefined && { platform }),
    ...alias,
    ...(asKeyword !== undefined && { asKeyword }),
  }
}

/** First word that is superfluous or in the place of AS. */
function wrongWord(words: readonly string[]): {
  readonly word?: string
  readonly hint: string
  readonly suggestion?: string
} {
  const comment = words.find((word) => word.startsWith('#'))
  if (comment !== undefined) return { word: comment, hint: 'a comment needs a line of its own' }
  const [, second] = words
  if (second === undefined) return { hint: 'write FROM image, or FROM image AS name' }
  const place = { word: second, hint: 'write FROM image AS name' }
  return words.length === 3 ? { ...place, suggestion: 'AS' } : place
}

function parseAlias(text: InstructionText, name: string): string {
  const alias = parseStageName(name)
  if (alias !== undefined) return alias
  const message = `invalid name for build stage: ${quoteGo(name)}, name can't start with a number or contain symbols`
  throw failure(text, 'STAGE_NAME_INVALID', {
    message,
    word: name,
    hint: 'begin with a letter, go on with letters, digits, "-", "_" and "."',
  })
}
