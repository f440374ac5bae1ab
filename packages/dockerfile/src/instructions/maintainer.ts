import { refuseFlags } from '../read-flags.ts'
import type { MaintainerInstruction } from '../instruction.ts'
import type { InstructionText } from '../split-instructions.ts'
import { baseOf, exactlyOne } from './base.ts'

/** `MAINTAINER name`: the rest of the line, blanks included. */
export function parseMaintainer(text: InstructionText): MaintainerInstruction {
  const name = exactlyOne(text)
  refuseFlags(text)
  return { kind: 'MAINTAINER', ...baseOf(text), name }
}
