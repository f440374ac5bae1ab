import { refuseFlags } from '../syntax/read-flags.ts'
import type { MaintainerInstruction } from '../syntax/instruction.ts'
import type { InstructionText } from '../syntax/split-instructions.ts'
import { instructionBase, exactlyOne } from './base.ts'

/** `MAINTAINER name`: the rest of the line, blanks included. */
export function parseMaintainer(text: InstructionText): MaintainerInstruction {
  const name = exactlyOne(text)
  refuseFlags(text)
  return { kind: 'MAINTAINER', ...instructionBase(text), name }
}
