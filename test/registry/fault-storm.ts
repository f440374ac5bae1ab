import { parseArgs } from 'node:util'
import { faultStorm } from '../support/fault-storm.ts'

// A long storm by hand: node test/registry/fault-storm.ts --seeds 500 [--first 1]

const { values } = parseArgs({
  options: { seeds: { type: 'string', default: '500' }, first: { type: 'string', default: '1' } },
})
const begun = Date.now()
const { problems, ...counts } = await faultStorm({
  firstSeed: Number(values.first),
  seeds: Number(values.seeds),
  report: (line) => console.log(line),
})
console.log(JSON.stringify({ seconds: Math.round((Date.now() - begun) / 1000), ...counts, problems: problems.length }))
process.exitCode = problems.length === 0 ? 0 : 1
