import { existsSync } from 'node:fs'
import { mkdir, rm } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { temporaryPath } from '@tsbuild/content'
import type { Rung } from '@tsbuild/isolate'
import type { StorePaths } from './store-paths.ts'

/**
 * Removes a directory of the store in which files may belong to a user namespace: where the caller
 * may not, root of the namespace may.
 */
export async function removeUnpacked(directory: string, { temporary }: Pick<StorePaths, 'temporary'>): Promise<void> {
  try {
    // A process that is being killed may still write into its directory.
    await rm(directory, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 })
  } catch (error) {
    if (process.geteuid?.() === 0) throw error
    // Rarely needed, and loading it takes time.
    const { rungs } = await import('@tsbuild/isolate')
    for (const rung of rungs.filter(({ name }) => name === 'userns' || name === 'userns-single')) {
      // Without subordinate ids the first cannot start.
      await removeOnRung(rung, directory, temporary).catch(() => undefined)
      if (!existsSync(directory)) return
    }
    throw error
  }
}

async function removeOnRung(rung: Rung, directory: string, temporary: string): Promise<void> {
  const { nodePath } = await import('@tsbuild/isolate')
  const scratch = temporaryPath(temporary, 'remove')
  await mkdir(scratch, { mode: 0o700 })
  try {
    const program = fileURLToPath(new URL('./remove-main.ts', import.meta.url))
    const { child, ended } = await rung.start({
      args: [nodePath(), program, directory],
      env: process.env,
      scratch,
    })
    child.stderr?.resume()
    await ended.catch(() => undefined)
  } finally {
    await rm(scratch, { recursive: true, force: true })
  }
}
