import { parseArgs } from 'node:util'
import { buildStorm } from '../support/build-storm.ts'

// A large storm by hand: node test/faults/build-storm.ts --builds 32 --projects 8 --kills 10
// [--seed 1] [--stores 8]

const { values } = parseArgs({
  options: {
    builds: { type: 'string', default: '32' },
    projects: { type: 'string', default: '8' },
    kills: { type: 'string', default: '10' },
    stores: { type: 'string', default: '1' },
    seed: { type: 'string', default: String(Date.now()) },
  },
})
const begun = Date.now()
const { problems, ...counts } = await buildStorm({
  builds: Number(values.builds),
  projects: Number(values.projects),
  kills: Number(values.kills),
  seed: Number(values.seed),
  stores: Number(values.stores),
  namespaces: process.getuid?.() === 0,
  report: (line) => console.log(line),
})
for (const problem of problems) console.log(problem)
const seconds = Math.round((Date.now() - begun) / 1000)
console.log(JSON.stringify({ seed: Number(values.seed), seconds, ...counts, problems: problems.length }))
process.exitCode = problems.length === 0 ? 0 : 1
