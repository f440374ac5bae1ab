import type { Check } from './check.ts'
import { warning } from './warning.ts'

/** `FROM image AS Name`. */
export const stageNameCasing: Check = {
  rule: 'StageNameCasing',
  scope: 'file',
  run: ({ stages }) =>
    stages.flatMap(({ from }) =>
      from.aliasAsWritten === undefined || from.aliasAsWritten === from.alias
        ? []
        : [warning('StageNameCasing', `Stage name '${from.aliasAsWritten}' should be lowercase`, from.range)],
    ),
}
