// Compares tsbuild with the builders installed here; `isolation`: the rungs with a native chroot;
// `caches`: cold builds with and without a cache in a registry; `lookups`: records of a store;
// `machines`: requests and bytes of fresh machines with a cache, beside those of BuildKit;
// `remote`: steps on a server of the Remote Execution API, beside steps of this machine;
// `mounts`: builds of three tools on machines that carry their cache mounts;
// `transfer`: a large image between registries, layouts and stores, beside skopeo and crane.
import { parseArgs } from 'node:util'
import { compareBuilders } from './compare-builders.ts'
import { compareCaches } from './compare-caches.ts'
import { compareMachines } from './compare-machines.ts'
import { compareMounts } from './compare-mounts.ts'
import { compareIsolation } from './isolation/compare.ts'
import { measureLookups } from './measure-lookups.ts'
import { measureRemote } from './measure-remote.ts'
import { compareTransfers } from './transfer/compare.ts'

const { values, positionals } = parseArgs({
  options: {
    only: { type: 'string' },
    runs: { type: 'string', default: '3' },
    size: { type: 'string', default: '2' },
    tree: { type: 'string' },
    wake: { type: 'string' },
  },
  allowPositionals: true,
})
const comparisons = {
  builders: compareBuilders,
  isolation: compareIsolation,
  caches: compareCaches,
  lookups: measureLookups,
  machines: compareMachines,
  mounts: compareMounts,
  remote: measureRemote,
  transfer: compareTransfers,
} as const
const [name = 'builders'] = positionals
if (!isComparison(name))
  throw new Error(`There is no comparison ${name}: there are ${Object.keys(comparisons).join(', ')}`)
const { only, runs, size, tree, wake } = values
await comparisons[name]({ only: only?.split(','), runs: Number(runs), size: Number(size), tree, wake })

function isComparison(text: string): text is keyof typeof comparisons {
  return Object.hasOwn(comparisons, text)
}
