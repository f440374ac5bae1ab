import type { ArgInstruction } from '../syntax/instruction.ts'
import type { InstructionText } from '../syntax/split-instructions.ts'
import { splitWords } from '../text/split-words.ts'
import { atLeastOne, instructionBase, refuseBlankName } from './base.ts'

/** `ARG name[=default]…`. Flags are accepted and mean nothing. */
export function parseArg(text: InstructionText): ArgInstruction {
  const args = atLeastOne(text, splitWords(text.rest, text.escape)).map((word) => {
    const equals = word.indexOf('=')
    if (equals === -1) return { name: word }
    refuseBlankName(text, word.slice(0, equals), word)
    return { name: word.slice(0, equals), value: word.slice(equals + 1) }
  })
  return { kind: 'ARG', ...instructionBase(text), args }
}
