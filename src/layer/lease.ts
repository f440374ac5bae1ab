import { lstatSync } from 'node:fs'
import { lstat, readdir, rm, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { checkLiveness, parseOwner, temporaryPath, withLock } from '@tsbuild/content'
import { StoreError } from './store-error.ts'
import type { StorePaths } from './store-paths.ts'

const kind = 'lease'
const prefix = `${kind}-`
/**
 * A holder in another PID namespace, or before a reboot, is believed dead when it has not touched
 * its lease for this long (ms).
 */
const staleAfter = 60_000
const touchEvery = 10_000

/** Says that this process uses the store, until disposed. Waits while somebody prunes. */
export async function takeLease(paths: StorePaths): Promise<AsyncDisposable> {
  const file = temporaryPath(paths.work, kind)
  await writeFile(file, '')
  const touching = setInterval(() => void utimes(file, new Date(), new Date()).catch(() => {}), touchEvery).unref()
  // A lock is a symlink that leads nowhere, which `existsSync` would not see.
  if (lstatSync(paths.pruneLock, { throwIfNoEntry: false })) await withLock(paths.pruneLock, async () => {})
  return {
    [Symbol.asyncDispose]: async () => {
      clearInterval(touching)
      await rm(file, { force: true })
    },
  }
}

/**
 * Runs `action` while no build uses the store and none can begin; rejects with `STORE_BUSY` if one
 * does. Leases of dead processes do not count.
 */
export async function withoutLeases<T>(paths: StorePaths, action: () => Promise<T>): Promise<T> {
  return withLock(paths.pruneLock, async () => {
    const running = (await liveLeases(paths)).length
    if (running > 0) {
      const hint = 'try again when they have ended'
      throw new StoreError(
        'STORE_BUSY',
        `cannot prune: ${running === 1 ? 'a build is' : `${running} builds are`} using the store`,
        {
          hint,
        },
      )
    }
    return action()
  })
}

/** Owners of the leases in use; removes the others. */
export async function liveLeases(paths: StorePaths): Promise<readonly string[]> {
  const live: string[] = []
  for (const name of await readdir(paths.work)) {
    if (!name.startsWith(prefix)) continue
    const owner = parseOwner(name) ?? ''
    const file = join(paths.work, name)
    if (await isAlive(file, owner)) live.push(owner)
    else await rm(file, { force: true })
  }
  return live
}

async function isAlive(file: string, owner: string): Promise<boolean> {
  const liveness = checkLiveness(owner)
  if (liveness !== 'unknown') return liveness === 'alive'
  const found = await lstat(file).catch(() => undefined)
  return found !== undefined && Date.now() - found.mtimeMs < staleAfter
}
