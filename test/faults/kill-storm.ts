import { parseArgs } from 'node:util'
import { killStorm, stormRungs } from '../support/kill-storm.ts'

// A long storm by hand: node test/faults/kill-storm.ts --rung root --builds 200 [--every 5] [--seed
// 1]

const { values } = parseArgs({
  options: {
    rung: { type: 'string', default: 'root' },
    builds: { type: 'string', default: '200' },
    every: { type: 'string', default: '5' },
    seed: { type: 'string', default: '1' },
  },
})
const rung = stormRungs.find((name) => name === values.rung)
if (rung === undefined) throw new Error(`--rung is one of ${stormRungs.join(', ')}`)
const begun = Date.now()
const { problems, ...counts } = await killStorm({
  rung,
  builds: Number(values.builds),
  every: Number(values.every),
  seed: Number(values.seed),
  report: (line) => console.log(line),
})
console.log(
  JSON.stringify({ rung, seconds: Math.round((Date.now() - begun) / 1000), ...counts, problems: problems.length }),
)
process.exitCode = problems.length === 0 ? 0 : 1
