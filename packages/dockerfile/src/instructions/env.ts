import type { EnvInstruction } from '../syntax/instruction.ts'
import type { InstructionText } from '../syntax/split-instructions.ts'
import { instructionBase } from './base.ts'
import { parsePairs } from './pairs.ts'

/** `ENV name=value…` or `ENV name value`. */
export function parseEnv(text: InstructionText): EnvInstruction {
  return { kind: 'ENV', ...instructionBase(text), ...parsePairs(text) }
}
