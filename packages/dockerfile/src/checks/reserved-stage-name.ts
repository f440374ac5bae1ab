import { quoteGo } from '../text/quote-go.ts'
import type { Check } from './check.ts'
import { warning } from './warning.ts'

const reserved = ['context', 'scratch']

/** A stage called `scratch` or `context`. */
export const reservedStageName: Check = {
  rule: 'ReservedStageName',
  scope: 'file',
  run: ({ stages }) =>
    stages.flatMap(({ from }) => {
      if (from.alias === undefined || !reserved.includes(from.alias)) return []
      const detail = `Stage name should not use the same name as reserved stage ${quoteGo(from.alias)}`
      return [warning('ReservedStageName', detail, from.range)]
    }),
}
