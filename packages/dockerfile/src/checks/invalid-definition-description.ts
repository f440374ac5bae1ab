import type { Instruction } from '../syntax/instruction.ts'
import type { Check } from './check.ts'
import { warning } from './warning.ts'

/** A comment above FROM or ARG that does not read `# <name> <description>`. Experimental. */
export const invalidDefinitionDescription: Check = {
  rule: 'InvalidDefinitionDescription',
  scope: 'file',
  run: ({ globalArgs, stages }) =>
    [...globalArgs, ...stages.flatMap((stage) => [stage.from, ...stage.instructions])].flatMap((instruction) => {
      const names = definedNames(instruction)
      const [name] = names
      const comment = instruction.comments.at(-1)
      if (name === undefined || comment === undefined || names.includes(comment.split(' ', 1)[0] ?? '')) return []
      const example = names.length > 1 ? '<arg_key>' : name
      const detail = `Comment for ${instruction.kind} should follow the format: \`# ${example} <description>\``
      return [warning('InvalidDefinitionDescription', detail, instruction.range)]
    }),
}

function definedNames(instruction: Instruction): readonly string[] {
  if (instruction.kind === 'ARG') return instruction.args.map(({ name }) => name)
  return instruction.kind === 'FROM' && instruction.alias !== undefined ? [instruction.alias] : []
}
