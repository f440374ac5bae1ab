import type { StopsignalInstruction } from '../syntax/instruction.ts'
import type { InstructionText } from '../syntax/split-instructions.ts'
import { instructionBase, exactlyOne } from './base.ts'

/**
 * `STOPSIGNAL signal`; `parseSignal` judges it once variables are expanded. Flags are accepted and
 * mean nothing.
 */
export function parseStopsignal(text: InstructionText): StopsignalInstruction {
  return { kind: 'STOPSIGNAL', ...instructionBase(text), signal: exactlyOne(text) }
}
