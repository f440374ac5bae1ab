import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { currentOwner, livenessOf, withLock } from '@tsbuild/content'
import { StoreError } from './store-error.ts'
import type { StorePaths } from './store-paths.ts'

const prefix = 'lease-'

/** Says that this process uses the store, until disposed. Waits while somebody prunes. */
export async function takeLease(paths: StorePaths): Promise<AsyncDisposable> {
  const file = join(paths.work, `${prefix}${currentOwner()}.${randomBytes(4).toString('hex')}`)
  await writeFile(file, '')
  if (existsSync(paths.pruneLock)) await withLock(paths.pruneLock, async () => {})
  return { [Symbol.asyncDispose]: () => rm(file, { force: true }) }
}

/** Runs `action` while no build uses the store and none can begin; rejects with `STORE_BUSY` when one does. Leases of dead processes do not count. */
export async function withoutLeases<T>(paths: StorePaths, action: () => Promise<T>): Promise<T> {
  return withLock(paths.pruneLock, async () => {
    const running = await liveLeases(paths)
    if (running > 0) {
      const hint = 'run it again when they have ended'
      throw new StoreError('STORE_BUSY', `Cannot prune: ${running === 1 ? 'a build is' : `${running} builds are`} using the store`, {
        hint,
      })
    }
    return action()
  })
}

async function liveLeases(paths: StorePaths): Promise<number> {
  let live = 0
  for (const name of await readdir(paths.work)) {
    if (!name.startsWith(prefix)) continue
    const [owner = ''] = name.slice(prefix.length).split('.')
    if (livenessOf(owner) !== 'dead') live += 1
    else await rm(join(paths.work, name), { force: true })
  }
  return live
}
