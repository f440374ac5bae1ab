// Compares tsbuild with the builders installed here; `isolation`: the rungs with a native chroot;
// `caches`: cold builds with and without a cache in a registry; `lookups`: records of a store.
import { parseArgs } from 'node:util'
import { compareBuilders } from './compare-builders.ts'
import { compareCaches } from './compare-caches.ts'
import { compareIsolation } from './isolation/compare.ts'
import { measureLookups } from './measure-lookups.ts'

const { values, positionals } = parseArgs({
  options: { only: { type: 'string' }, runs: { type: 'string', default: '3' } },
  allowPositionals: true,
})
const comparisons = {
  builders: compareBuilders,
  isolation: compareIsolation,
  caches: compareCaches,
  lookups: measureLookups,
} as const
const [name = 'builders'] = positionals
if (name !== 'builders' && name !== 'isolation' && name !== 'caches' && name !== 'lookups')
  throw new Error(`There is no comparison ${name}: there are ${Object.keys(comparisons).join(', ')}`)
await comparisons[name]({ only: values.only?.split(','), runs: Number(values.runs) })
