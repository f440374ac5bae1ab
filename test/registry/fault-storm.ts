import { parseArgs } from 'node:util'
import { faultKinds, movements } from '../support/fault-plan.ts'
import { faultStorm } from '../support/fault-storm.ts'
import { serveTemporary } from '../support/serve-temporary.ts'

// A long storm by hand:
//
//     node test/registry/fault-storm.ts --seeds 500 [--first 1] [--own] [--http2]
//
// --own is tsbuild registry serve in the place of Debian's registry. Prints how the runs ended that
// met each kind of fault.

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '500' },
    first: { type: 'string', default: '1' },
    own: { type: 'boolean', default: false },
    http2: { type: 'boolean', default: false },
  },
})
const begun = Date.now()
const { problems, outcomes, ...counts } = await faultStorm({
  firstSeed: Number(values.first),
  seeds: Number(values.seeds),
  report: (line) => console.log(line),
  ...(values.own && { start: serveTemporary }),
  ...(values.http2 && { protocol: 'HTTP/2' }),
})
const formatEnds = (ends: ReadonlyMap<string, number> = new Map()): string =>
  [...ends].map(([end, count]) => `${count} ${end.replace('REGISTRY_', '').toLowerCase()}`).join(', ') || '–'
console.log(`| fault | ${movements.join(' | ')} |\n|---|${movements.map(() => '---|').join('')}`)
for (const kind of faultKinds) {
  const cells = movements.map((movement) => formatEnds(outcomes.get(kind)?.get(movement)))
  console.log(`| ${kind} | ${cells.join(' | ')} |`)
}
console.log(JSON.stringify({ seconds: Math.round((Date.now() - begun) / 1000), ...counts, problems: problems.length }))
process.exitCode = problems.length === 0 ? 0 : 1
