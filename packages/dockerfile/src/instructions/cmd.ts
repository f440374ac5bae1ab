import { refuseFlags } from '../read-flags.ts'
import type { CmdInstruction } from '../instruction.ts'
import type { InstructionText } from '../split-instructions.ts'
import { baseOf } from './base.ts'
import { parseCommand } from './command.ts'

/** `CMD ["a", "b"]` or `CMD text for the shell`. */
export function parseCmd(text: InstructionText): CmdInstruction {
  const command = parseCommand(text.rest)
  refuseFlags(text)
  return { kind: 'CMD', ...baseOf(text), command }
}
