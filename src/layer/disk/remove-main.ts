import { rmSync } from 'node:fs'

// The process of `removeUnpacked`: the argument is the directory. A process that is being killed
// may still write into it. The caller checks whether the directory still exists.
const [, , directory = ''] = process.argv
try {
  rmSync(directory, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 })
} catch {
} finally {
  process.disconnect()
}
