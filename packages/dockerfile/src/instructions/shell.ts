import { failure } from '../failure.ts'
import { refuseFlags } from '../read-flags.ts'
import type { ShellInstruction } from '../instruction.ts'
import { parseJsonArray } from '../parse-json-array.ts'
import type { InstructionText } from '../split-instructions.ts'
import { atLeastOne, baseOf } from './base.ts'

/** `SHELL ["executable", "argument"…]`, in JSON form only. */
export function parseShell(text: InstructionText): ShellInstruction {
  const args = parseJsonArray(text.rest)
  refuseFlags(text)
  if (args === undefined && text.rest !== '') {
    throw failure(text, 'JSON_REQUIRED', { message: 'SHELL requires the arguments to be in JSON form' })
  }
  return { kind: 'SHELL', ...baseOf(text), shell: atLeastOne(text, args ?? []) }
}
