import { indifferent } from '../../src/cli/flags/peers/indifferent.ts'
import { longName } from '../../src/cli/flags/peers/peer-table.ts'
import { refused } from '../../src/cli/flags/peers/refused.ts'

/** Effect of a flag of another builder. */
export type Treatment =
  | { readonly kind: 'honoured' }
  | { readonly kind: 'indifferent'; readonly why: string }
  | { readonly kind: 'refused'; readonly hint: string }

/** Effect of a flag, by its long name; `=false` belongs to the name. */
export function treatmentOf(flag: string): Treatment {
  const why = find(indifferent, flag)
  if (why !== undefined) return { kind: 'indifferent', why }
  const hint = find(refused, flag)
  return hint === undefined ? { kind: 'honoured' } : { kind: 'refused', hint }
}

function find(table: Readonly<Record<string, string>>, flag: string): string | undefined {
  return Object.entries(table).find(([spelling]) => longName(spelling) === flag)?.[1]
}

/** True for a flag of either table that takes a value. */
export function takesValue(flag: string): boolean {
  return [...Object.keys(indifferent), ...Object.keys(refused)].some(
    (spelling) => longName(spelling) === flag && spelling.includes('<'),
  )
}
