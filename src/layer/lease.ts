import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { withLock } from '@tsbuild/content'
import { StoreError } from './store-error.ts'
import type { StorePaths } from './store-paths.ts'

const pattern = /^lease-(\d+)-(\d+)-/

/** Says that this process uses the store, until disposed. Waits while somebody prunes. */
export async function takeLease(paths: StorePaths): Promise<AsyncDisposable> {
  const file = join(paths.work, `lease-${process.pid}-${await startOf(process.pid)}-${randomBytes(4).toString('hex')}`)
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
      throw new StoreError('STORE_BUSY', `Cannot prune: ${running === 1 ? 'a build is' : `${running} builds are`} using the store`, { hint })
    }
    return action()
  })
}

async function liveLeases(paths: StorePaths): Promise<number> {
  let live = 0
  for (const name of await readdir(paths.work)) {
    const [, pid, start] = pattern.exec(name) ?? []
    if (pid === undefined) continue
    if ((await startOf(Number(pid))) === start) live += 1
    else await rm(join(paths.work, name), { force: true })
  }
  return live
}

/** When a process started, in clock ticks since boot: a pid that was given out again has another (proc(5), /proc/pid/stat field 22). */
async function startOf(pid: number): Promise<string> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '0'
}
