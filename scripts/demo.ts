// Builds examples/hello for real and says where the image is and how to look at it.
import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join, relative } from 'node:path'

/** Exit code of the command line when no isolation for RUN works on this machine. */
const cannotIsolate = 3

const root = join(import.meta.dirname, '..')
const output = join(root, '.tmp/demo')

rmSync(output, { recursive: true, force: true })
mkdirSync(output, { recursive: true })

const esbuild = join(root, 'examples/hello/node_modules/esbuild/bin')
let status = build('hello', ['--build-context', `esbuild=${esbuild}`])
if (status === 0) console.log('  podman run --rm -p 8000:8000 localhost/hello:demo')
if (status === cannotIsolate) {
  console.log(
    '\nLeft out: examples/hello, because its RUN step needs an isolation this machine forbids, see above and "tsbuild doctor".',
  )
  console.log('In its place: examples/static-site, which runs nothing.\n')
  status = build('static-site', [])
}
process.exitCode = status

/** Builds an example into the local store and an OCI layout; returns the exit code. */
function build(name: string, args: readonly string[]): number {
  const layout = join(output, name)
  const metadata = join(output, `${name}.json`)
  const command = [
    'build',
    '-t',
    `${name}:demo`,
    ...args,
    '-o',
    'type=image',
    '-o',
    `type=oci,tar=false,dest=${layout}`,
    '--metadata-file',
    metadata,
  ]
  const { status: code } = spawnSync(join(root, 'scripts/tsbuild'), [...command, join(root, 'examples', name)], {
    stdio: 'inherit',
  })
  if (code === 0) describe(name, layout, digestIn(metadata))
  return code ?? 1
}

function digestIn(metadata: string): string {
  const values: Readonly<Record<string, unknown>> = JSON.parse(readFileSync(metadata, 'utf8'))
  return String(values['containerimage.digest'])
}

function describe(name: string, layout: string, digest: string): void {
  const here = relative(process.cwd(), layout)
  console.log(`
Image      ${digest}
Layout     ${layout}
Store      ${name}:demo, see "node_modules/.bin/tsbuild images"

Look at it:
  node_modules/.bin/tsbuild history ${name}:demo
  skopeo inspect oci:${here}:demo
  skopeo copy oci:${here}:demo containers-storage:localhost/${name}:demo`)
}
