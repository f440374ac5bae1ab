import type { LabelInstruction } from '../syntax/instruction.ts'
import type { InstructionText } from '../syntax/split-instructions.ts'
import { instructionBase } from './base.ts'
import { parsePairs } from './pairs.ts'

/** `LABEL name=value…` or `LABEL name value`. */
export function parseLabel(text: InstructionText): LabelInstruction {
  return { kind: 'LABEL', ...instructionBase(text), ...parsePairs(text) }
}
