import type { Check } from './check.ts'
import { warning } from './warning.ts'

/** Any MAINTAINER. */
export const maintainerDeprecated: Check = {
  rule: 'MaintainerDeprecated',
  scope: 'file',
  run: ({ stages }) =>
    stages
      .flatMap((stage) => stage.instructions)
      .filter((instruction) => instruction.kind === 'MAINTAINER')
      .map(({ range }) =>
        warning('MaintainerDeprecated', 'Maintainer instruction is deprecated in favor of using label', range),
      ),
}
