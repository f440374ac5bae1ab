import { splitBlanks } from '../text/blank.ts'
import { failure } from '../text/failure.ts'
import { quoteGo } from '../text/quote-go.ts'
import { refuseFlags } from '../syntax/read-flags.ts'
import type { ShellInstruction } from '../syntax/instruction.ts'
import { parseJsonArray } from '../text/parse-json-array.ts'
import type { InstructionText } from '../syntax/split-instructions.ts'
import { atLeastOne, instructionBase } from './base.ts'

/** `SHELL ["executable", "argument"…]`, in JSON form only. */
export function parseShell(text: InstructionText): ShellInstruction {
  const args = parseJsonArray(text.rest)
  refuseFlags(text)
  if (args === undefined && text.rest !== '') {
    const hint = `write SHELL [${splitBlanks(text.rest).map(quoteGo).join(', ')}]`
    throw failure(text, 'JSON_REQUIRED', {
      message: 'SHELL requires the arguments to be in JSON form',
      word: text.rest,
      hint,
    })
  }
  return { kind: 'SHELL', ...instructionBase(text), shell: atLeastOne(text, args ?? []) }
}
