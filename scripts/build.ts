// Makes dist/, what the published package consists of.
import { mkdirSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { bundle } from './bundle.ts'
import { writeDeclarations } from './declarations.ts'

const root = join(import.meta.dirname, '..')
// Made in another place, so that dist/ is complete for concurrent readers and builds.
const work = join(root, '.tmp', `build-${process.pid}`)

try {
  const made = join(work, 'dist')
  mkdirSync(made, { recursive: true })
  const files = await bundle(root, made)
  const declarations = await writeDeclarations(root, made)
  rmSync(join(root, 'dist'), { recursive: true, force: true })
  renameSync(made, join(root, 'dist'))
  console.log(`dist: ${files.length} files, ${declarations.length} declarations`)
} finally {
  rmSync(work, { recursive: true, force: true })
}
