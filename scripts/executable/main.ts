// Makes `tsbuild-linux-amd64` and `tsbuild-linux-arm64` in a directory: one-file executables.
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { makeExecutable } from './make.ts'
import { type Architecture, architectures } from './target.ts'

const root = join(import.meta.dirname, '../..')
const { values } = parseArgs({
  options: {
    arch: { type: 'string', multiple: true, default: Object.keys(architectures) },
    output: { type: 'string', default: join(root, 'dist/executable') },
  },
})
for (const arch of values.arch) {
  if (!isArchitecture(arch)) throw new Error(`--arch is "${arch}", not ${Object.keys(architectures).join(' or ')}`)
  const path = join(values.output, `tsbuild-linux-${architectures[arch]}`)
  await makeExecutable({ root, arch, path })
  console.log(`${path}: ${Math.round((await stat(path)).size / 1e6)} MB`)
}

function isArchitecture(arch: string): arch is Architecture {
  return arch in architectures
}
