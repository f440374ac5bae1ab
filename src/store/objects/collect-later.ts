import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { stat, utimes, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { boundsInBytes, type StoreBounds } from '../../layer/disk/store-bounds.ts'
import type { StorePaths } from '../../layer/disk/store-paths.ts'
import { readDisk } from './space.ts'

/** Collections of one store begin at least this long apart; sooner on a disk that is full (ms). */
const interval = 60 * 60_000
const fullInterval = 10 * 60_000

/**
 * Starts a process that brings the store within its bounds, if it is time for that. It goes on
 * after this one has ended, with the lowest priority. Returns true if one was started.
 */
export async function collectLater(paths: StorePaths, bounds: StoreBounds): Promise<boolean> {
  try {
    const { mtimeMs } = await stat(paths.collected)
    const age = Date.now() - mtimeMs
    if (age < fullInterval || (age < interval && !(await isFull(paths, bounds)))) return false
    // One that is killed before its end is repeated after the shorter time.
    const begun = new Date(Date.now() - interval + fullInterval)
    await utimes(paths.collected, begun, begun)
    return start(paths, bounds)
  } catch {
    // A new store has little to collect. One that may only be read is collected by its owner.
    await writeFile(paths.collected, '').catch(() => undefined)
    return false
  }
}

async function isFull({ root }: StorePaths, bounds: StoreBounds): Promise<boolean> {
  const { size, free } = await readDisk(root)
  return free < boundsInBytes(bounds, size).minFreeSpace
}

function start({ root }: StorePaths, bounds: StoreBounds): boolean {
  const program = collectProgram()
  // A bundle without the package beside it.
  if (program === undefined || !existsSync(program)) return false
  const child = spawn(process.execPath, [program, dirname(root), JSON.stringify(bounds)], {
    cwd: '/',
    detached: true,
    stdio: 'ignore',
  })
  child.on('error', () => undefined)
  child.unref()
  return true
}

/** Undefined in a CommonJS bundle, where `import.meta` is empty. */
function collectProgram(): string | undefined {
  try {
    return fileURLToPath(new URL('./collect-main.ts', import.meta.url))
  } catch {
    return undefined
  }
}
