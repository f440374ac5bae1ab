import type { Check } from './check.ts'
import { parentStages } from './parent-stages.ts'
import { warning } from './warning.ts'

/** CMD or ENTRYPOINT in shell form where no SHELL was chosen, in this stage or one of the file it is based on. */
export const jsonArgsRecommended: Check = {
  rule: 'JSONArgsRecommended',
  scope: 'stage',
  run(dockerfile) {
    const parents = parentStages(dockerfile)
    const chosen: boolean[] = []
    return dockerfile.stages.flatMap(({ index, instructions }) => {
      let shell = chosen[parents[index] ?? -1] ?? false
      const warnings = instructions.flatMap((instruction) => {
        if (instruction.kind === 'SHELL') shell = true
        if (shell || (instruction.kind !== 'CMD' && instruction.kind !== 'ENTRYPOINT') || instruction.command.form === 'exec') return []
        const detail = `JSON arguments recommended for ${instruction.keyword} to prevent unintended behavior related to OS signals`
        return [warning('JSONArgsRecommended', detail, instruction.range)]
      })
      chosen.push(shell)
      return warnings
    })
  },
}
