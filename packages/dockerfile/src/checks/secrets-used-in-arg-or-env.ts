import { quoteGo } from '../text/quote-go.ts'
import type { Instruction } from '../syntax/instruction.ts'
import type { Check } from './check.ts'
import { warning } from './warning.ts'

const secret = /(?:_|^)(?:apikey|auth|credentials?|key|password|pword|passwd|secret|token)(?:_|$)/i
const harmless = /(?:_|^)(?:public|file|version)(?:_|$)/i

/**
 * An ARG or ENV whose name says that it holds a secret: its value would stay in the image or its
 * history.
 */
export const secretsUsedInArgOrEnv: Check = {
  rule: 'SecretsUsedInArgOrEnv',
  scope: 'stage',
  run: ({ stages }) =>
    stages.flatMap(({ instructions }) =>
      instructions.flatMap((instruction) =>
        definedNames(instruction)
          .filter((name) => secret.test(name) && !harmless.test(name))
          .map((name) => {
            const detail = `Do not use ARG or ENV instructions for sensitive data (${instruction.kind} ${quoteGo(name)})`
            return warning('SecretsUsedInArgOrEnv', detail, instruction.range)
          }),
      ),
    ),
}

function definedNames(instruction: Instruction): readonly string[] {
  if (instruction.kind === 'ENV') return instruction.pairs.map(({ name }) => name)
  return instruction.kind === 'ARG' ? instruction.args.map(({ name }) => name) : []
}
