import { refuseFlags } from '../syntax/read-flags.ts'
import type { EntrypointInstruction } from '../syntax/instruction.ts'
import type { InstructionText } from '../syntax/split-instructions.ts'
import { instructionBase } from './base.ts'
import { parseCommand } from './command.ts'

/** `ENTRYPOINT ["a", "b"]` or `ENTRYPOINT text for the shell`. */
export function parseEntrypoint(text: InstructionText): EntrypointInstruction {
  const command = parseCommand(text.rest)
  refuseFlags(text)
  return { kind: 'ENTRYPOINT', ...instructionBase(text), command }
}
