import { expandWord } from '../expand/expand.ts'
import { failure } from '../text/failure.ts'
import { readFlags } from '../syntax/read-flags.ts'
import type { CopyInstruction } from '../syntax/instruction.ts'
import type { InstructionText } from '../syntax/split-instructions.ts'
import { instructionBase } from './base.ts'
import { copyFlags, parsePaths } from './paths.ts'

/** `COPY [flags] source… destination`, in JSON form too. */
export function parseCopy(text: InstructionText): CopyInstruction {
  const paths = parsePaths(text)
  const flags = readFlags(text, {
    text: ['from', 'chown', 'chmod'],
    boolean: ['link', 'parents'],
    list: ['exclude'],
  })
  const from = flags.text('from')
  if (from !== undefined) refuseVariables(text, from)
  return {
    kind: 'COPY',
    ...instructionBase(text),
    ...paths,
    ...copyFlags(flags),
    ...(from !== undefined && { from }),
    parents: flags.boolean('parents') === true,
  }
}

/** The graph of stages must be known before anything is evaluated. */
function refuseVariables(text: InstructionText, from: string): void {
  if (expandWord(from, () => undefined, { escape: text.escape }) === from) return
  const message =
    'variable expansion is not supported for --from, define a new stage with FROM using ARG from global scope as a workaround'
  throw failure(text, 'FROM_NOT_CONSTANT', { message, word: from })
}
