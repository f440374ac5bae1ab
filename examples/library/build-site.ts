import { join } from 'node:path'
import { build, plan } from 'tsbuild'

const options = {
  context: join(import.meta.dirname, '../static-site'),
  tags: ['static-site:latest'],
  outputs: [{ kind: 'oci', dest: process.argv[2] ?? 'static-site', tar: false }],
} as const

// What would be done, and why: nothing is executed for it.
for (const { name, state, reason } of (await plan(options)).steps)
  console.log(`${state} ${name}${reason === undefined ? '' : `: ${reason}`}`)

const { digest, steps } = await build({
  ...options,
  report: (event) => {
    if (event.type === 'vertex-started') console.log(`started ${event.name}`)
  },
})
console.log(`${digest} (${steps.cached} steps from the cache, ${steps.run} done)`)
