import { refuseFlags } from '../syntax/read-flags.ts'
import type { CmdInstruction } from '../syntax/instruction.ts'
import type { InstructionText } from '../syntax/split-instructions.ts'
import { instructionBase } from './base.ts'
import { parseCommand } from './command.ts'

/** `CMD ["a", "b"]` or `CMD text for the shell`. */
export function parseCmd(text: InstructionText): CmdInstruction {
  const command = parseCommand(text.rest)
  refuseFlags(text)
  return { kind: 'CMD', ...instructionBase(text), command }
}
