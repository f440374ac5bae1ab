// Runs a TypeScript script of this repository on any machine that has Node 20 or newer, npm and
// git. It has no dependencies and no types, because it runs before there are any.
import { spawnSync } from 'node:child_process'
import { setUp } from './set-up.mjs'

const [script, ...args] = process.argv.slice(2)
if (script === undefined) {
  console.error('usage: node scripts/with-node.mjs SCRIPT [ARGUMENT...]')
  process.exit(2)
}
const { node, env } = setUp()
const { status, signal, error } = spawnSync(node, [script, ...args], { stdio: 'inherit', env })
if (error !== undefined) throw error
process.exit(status ?? (signal === null ? 1 : 130))
