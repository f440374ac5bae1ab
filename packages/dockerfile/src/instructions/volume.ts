import { splitBlanks, trim } from '../text/blank.ts'
import { failure } from '../text/failure.ts'
import { refuseFlags } from '../syntax/read-flags.ts'
import type { VolumeInstruction } from '../syntax/instruction.ts'
import { parseJsonArray } from '../text/parse-json-array.ts'
import type { InstructionText } from '../syntax/split-instructions.ts'
import { atLeastOne, instructionBase } from './base.ts'

/** `VOLUME path…` or a JSON array of paths. */
export function parseVolume(text: InstructionText): VolumeInstruction {
  const words = parseJsonArray(text.rest) ?? (text.rest === '' ? [] : splitBlanks(text.rest))
  const paths = atLeastOne(text, words).map(trim)
  refuseFlags(text)
  if (paths.includes(''))
    throw failure(text, 'ARGUMENTS_INVALID', { message: 'VOLUME specified can not be an empty string', word: '""' })
  return { kind: 'VOLUME', ...instructionBase(text), paths }
}
