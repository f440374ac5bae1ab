import { refuseFlags } from '../syntax/read-flags.ts'
import type { WorkdirInstruction } from '../syntax/instruction.ts'
import type { InstructionText } from '../syntax/split-instructions.ts'
import { instructionBase, exactlyOne } from './base.ts'

/** `WORKDIR path`: the rest of the line, blanks included. */
export function parseWorkdir(text: InstructionText): WorkdirInstruction {
  const path = exactlyOne(text)
  refuseFlags(text)
  return { kind: 'WORKDIR', ...instructionBase(text), path }
}
