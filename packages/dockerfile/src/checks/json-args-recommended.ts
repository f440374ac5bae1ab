import type { Warning } from '../syntax/dockerfile.ts'
import type { CmdInstruction, EntrypointInstruction } from '../syntax/instruction.ts'
import type { Check } from './check.ts'
import { parentStages } from './parent-stages.ts'
import { warning } from './warning.ts'

/**
 * CMD or ENTRYPOINT in shell form where no SHELL was chosen, in this stage or one of the file it is
 * based on.
 */
export const jsonArgsRecommended: Check = {
  rule: 'JSONArgsRecommended',
  scope: 'value',
  run(dockerfile) {
    const parents = parentStages(dockerfile)
    const chosen: boolean[] = []
    return dockerfile.stages.flatMap(({ index, instructions }) => {
      let shell = chosen[parents[index] ?? -1] ?? false
      const warnings = instructions.flatMap((instruction) => {
        if (instruction.kind === 'SHELL') shell = true
        return instruction.kind === 'CMD' || instruction.kind === 'ENTRYPOINT'
          ? checkCommandForm(instruction, shell)
          : []
      })
      chosen.push(shell)
      return warnings
    })
  },
}

/** Warnings about the form of a command, given the SHELL of its stage. */
export function checkCommandForm(
  { command, keyword, range }: CmdInstruction | EntrypointInstruction,
  shellChosen: boolean,
): readonly Warning[] {
  if (shellChosen || command.form === 'exec') return []
  const detail = `JSON arguments recommended for ${keyword} to prevent unintended behavior related to OS signals`
  return [warning('JSONArgsRecommended', detail, range)]
}
