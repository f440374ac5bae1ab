import type { Instruction } from '../syntax/instruction.ts'
import type { Check } from './check.ts'
import { warning } from './warning.ts'

const once = new Set<Instruction['kind']>(['CMD', 'ENTRYPOINT', 'HEALTHCHECK'])

/**
 * CMD, ENTRYPOINT or HEALTHCHECK that a later one of the stage replaces; reported at the one
 * without effect.
 */
export const multipleInstructionsDisallowed: Check = {
  rule: 'MultipleInstructionsDisallowed',
  scope: 'stage',
  run: ({ stages }) =>
    stages.flatMap(({ instructions }) => {
      const last = new Map<Instruction['kind'], Instruction>()
      return instructions.flatMap((instruction) => {
        if (!once.has(instruction.kind)) return []
        const earlier = last.get(instruction.kind)
        last.set(instruction.kind, instruction)
        if (earlier === undefined) return []
        const detail = `Multiple ${instruction.keyword} instructions should not be used in the same stage because only the last one will be used`
        return [warning('MultipleInstructionsDisallowed', detail, earlier.range)]
      })
    }),
}
