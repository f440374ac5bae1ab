import { trim } from '../text/blank.ts'
import { failure } from '../text/failure.ts'
import type { InstructionBase } from '../syntax/instruction.ts'
import type { InstructionText } from '../syntax/split-instructions.ts'

/** Fields of every instruction, from its text. */
export function instructionBase(text: InstructionText): InstructionBase {
  return { range: text.range, keyword: text.keyword, source: trim(text.source), comments: text.comments }
}

/** The rest of the line as the one argument it must be, blanks inside included. */
export function exactlyOne(text: InstructionText): string {
  if (text.rest !== '') return text.rest
  throw failure(text, 'ARGUMENTS_INVALID', { message: `${text.keyword.toUpperCase()} requires exactly one argument` })
}

/** The arguments, when there are any. */
export function atLeastOne<T>(text: InstructionText, args: readonly T[]): readonly T[] {
  if (args.length > 0) return args
  throw failure(text, 'ARGUMENTS_INVALID', { message: `${text.keyword.toUpperCase()} requires at least one argument` })
}

/** A variable without a name. */
export function refuseBlankName(text: InstructionText, name: string, word: string): void {
  if (name !== '') return
  throw failure(text, 'ARGUMENTS_INVALID', { message: `${text.keyword.toUpperCase()} names can not be blank`, word })
}
