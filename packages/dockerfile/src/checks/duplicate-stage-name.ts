import { quoteGo } from '../text/quote-go.ts'
import type { Check } from './check.ts'
import { warning } from './warning.ts'

/** Name of an earlier stage; reported at the later one. */
export const duplicateStageName: Check = {
  rule: 'DuplicateStageName',
  scope: 'file',
  run({ stages }) {
    const seen = new Set<string>()
    return stages.flatMap(({ from }) => {
      if (from.alias === undefined) return []
      const duplicate = seen.has(from.alias)
      seen.add(from.alias)
      const detail = `Duplicate stage name ${quoteGo(from.alias)}, stage names should be unique`
      return duplicate ? [warning('DuplicateStageName', detail, from.range)] : []
    })
  },
}
