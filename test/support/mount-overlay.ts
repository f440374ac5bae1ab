import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { loadLibc, mountOverlay, overlayMount } from '@tsbuild/isolate'

// A program for tests: mounts a volatile overlay below the directory that is its argument, as an
// agent does.

const at = (name: string): string => join(process.argv[2] ?? '', name)
for (const name of ['lower', 'upper', 'work', 'merged']) mkdirSync(at(name))
const writable = { upper: at('upper'), work: at('work') }
const call = overlayMount({ target: at('merged'), lower: [at('lower')], writable, userXattrs: false })
mountOverlay(loadLibc(), call, writable.upper)
console.log('mounted')
