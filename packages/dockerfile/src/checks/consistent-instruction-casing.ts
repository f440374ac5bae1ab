import type { Instruction } from '../syntax/instruction.ts'
import type { Check } from './check.ts'
import { warning } from './warning.ts'

/** A keyword not written like most of the file's; upper case wins a tie. Mixed case has no vote. */
export const consistentInstructionCasing: Check = {
  rule: 'ConsistentInstructionCasing',
  scope: 'file',
  run({ stages }) {
    const all = stages.flatMap((stage): readonly Instruction[] => [stage.from, ...stage.instructions])
    const lower = all.filter(({ keyword }) => keyword === keyword.toLowerCase()).length
    const upper = all.filter(({ keyword }) => keyword === keyword.toUpperCase()).length
    const wanted = lower > upper ? 'lowercase' : 'uppercase'
    return all
      .filter(({ keyword }) => keyword !== (lower > upper ? keyword.toLowerCase() : keyword.toUpperCase()))
      .map(({ keyword, range }) => {
        const detail = `Command '${keyword}' should match the case of the command majority (${wanted})`
        return warning('ConsistentInstructionCasing', detail, range)
      })
  },
}
