import { splitBlanks } from '../text/blank.ts'
import { refuseFlags } from '../syntax/read-flags.ts'
import type { ExposeInstruction } from '../syntax/instruction.ts'
import type { InstructionText } from '../syntax/split-instructions.ts'
import { atLeastOne, instructionBase } from './base.ts'

/** `EXPOSE port…`; the ports are read by `parsePort` after expansion. */
export function parseExpose(text: InstructionText): ExposeInstruction {
  const ports = atLeastOne(text, text.rest === '' ? [] : splitBlanks(text.rest)).toSorted(compareText)
  refuseFlags(text)
  return { kind: 'EXPOSE', ...instructionBase(text), ports }
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
