import { refuseFlags } from '../syntax/read-flags.ts'
import type { UserInstruction } from '../syntax/instruction.ts'
import type { InstructionText } from '../syntax/split-instructions.ts'
import { instructionBase, exactlyOne } from './base.ts'

/** `USER name[:group]`: the rest of the line, blanks included. */
export function parseUser(text: InstructionText): UserInstruction {
  const user = exactlyOne(text)
  refuseFlags(text)
  return { kind: 'USER', ...instructionBase(text), user }
}
