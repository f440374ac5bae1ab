import { existsSync } from 'node:fs'
import { mkdir, rm } from 'node:fs/promises'
import { temporaryPath } from '@tsbuild/content'
import type { StorePaths } from './store-paths.ts'

/** A process that is being killed may still write into its directory. */
const patience = { maxRetries: 5, retryDelay: 50 }

/**
 * Removes a directory of the store in which files may belong to a user namespace: where the caller
 * may not, root of the namespace may.
 */
export async function removeUnpacked(directory: string, { temporary }: Pick<StorePaths, 'temporary'>): Promise<void> {
  try {
    await rm(directory, { recursive: true, force: true, ...patience })
  } catch (error) {
    if (process.geteuid?.() === 0) throw error
    await removeInNamespace(directory, temporary)
    if (existsSync(directory)) throw error
  }
}

async function removeInNamespace(directory: string, temporary: string): Promise<void> {
  // Rarely needed, and loading it takes time.
  const { nodePath, rungs } = await import('@tsbuild/isolate')
  const rung = rungs.find(({ name }) => name === 'userns')
  if (!rung) return
  const scratch = temporaryPath(temporary, 'remove')
  await mkdir(scratch, { mode: 0o700 })
  try {
    const options = JSON.stringify({ recursive: true, force: true, ...patience })
    // The caller checks whether the directory still exists.
    const script = `try { require("node:fs").rmSync(process.argv[1], ${options}) } catch {} finally { process.disconnect() }`
    const { child, ended } = await rung.start({ args: [nodePath(), '--eval', script, directory], env: process.env, scratch })
    child.stderr?.resume()
    await ended.catch(() => undefined)
  } finally {
    await rm(scratch, { recursive: true, force: true })
  }
}
