import type { Check } from './check.ts'
import { warning } from './warning.ts'

/**
 * `FROM image as name`, `from image AS name`. A keyword like `From` is left to
 * ConsistentInstructionCasing.
 */
export const fromAsCasing: Check = {
  rule: 'FromAsCasing',
  scope: 'file',
  run: ({ stages }) =>
    stages.flatMap(({ from }) =>
      from.asKeyword === undefined || matches(from.keyword, from.asKeyword)
        ? []
        : [
            warning(
              'FromAsCasing',
              `'${from.asKeyword}' and '${from.keyword}' keywords' casing do not match`,
              from.range,
            ),
          ],
    ),
}

function matches(from: string, as: string): boolean {
  if (from === from.toLowerCase()) return as === as.toLowerCase()
  return from !== from.toUpperCase() || as === as.toUpperCase()
}
