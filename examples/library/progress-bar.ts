// Draws the progress of a build as a bar on standard error.
import { build, type Reporter } from 'tsbuild'

const width = 20

/** Counts the steps that are cached or finished, and draws a bar after each. */
function progressBar(write: (text: string) => void): Reporter {
  const steps = new Set<string>()
  const done = new Set<string>()
  let total = 0
  return (event) => {
    if (event.type === 'build-started') total = event.steps
    if (event.type === 'vertex-cached') done.add(event.vertex)
    // Steps have a line of the Dockerfile; sources and outputs do not count.
    if (event.type === 'vertex-started' && event.line !== undefined) steps.add(event.vertex)
    if (event.type === 'vertex-finished' && steps.has(event.vertex)) done.add(event.vertex)
    if (event.type !== 'vertex-cached' && event.type !== 'vertex-finished') return
    const filled = total === 0 ? width : Math.round((width * done.size) / total)
    write(`\r[${'#'.repeat(filled)}${'-'.repeat(width - filled)}] ${done.size}/${total}`)
  }
}

const [root = 'store'] = process.argv.slice(2)
const dockerfile = 'FROM scratch\nCOPY a /1\nCOPY a /2\nCOPY a /3\nCOPY a /4\n'
await build({
  context: { Dockerfile: dockerfile, a: 'a' },
  root,
  report: progressBar((text) => process.stderr.write(text)),
})
process.stderr.write('\n')
