// Makes dist/, what the published package consists of.
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { bundle } from './bundle.ts'
import { writeDeclarations } from './declarations.ts'

const root = join(import.meta.dirname, '..')

rmSync(join(root, 'dist'), { recursive: true, force: true })
const files = await bundle(root)
const declarations = await writeDeclarations(root)
console.log(`dist: ${files.length} files, ${declarations.length} declarations`)
