import { lstat, readdir, readFile, rm, utimes } from 'node:fs/promises'
import { join } from 'node:path'
import { checkLiveness, parseOwner, temporaryPath } from '@tsbuild/content'
import type { StorePaths } from './store-paths.ts'
import { writeVolatileFile } from './write-file.ts'

const kind = 'lease'
const prefix = `${kind}-`
/**
 * A holder in another PID namespace, or before a reboot, is believed dead when it has not touched
 * its lease for this long (ms).
 */
const staleAfter = 60_000
const touchEvery = 10_000

/** A lease in use. */
export interface LiveLease {
  readonly owner: string
  /** Time of taking it, in milliseconds since 1970; 0 if it is unknown. */
  readonly started: number
}

/**
 * Marks the store as used by this process until disposed. Objects used from then on are not
 * removed.
 */
export async function takeLease(paths: StorePaths): Promise<AsyncDisposable> {
  const file = temporaryPath(paths.work, kind)
  await writeVolatileFile(file, String(Date.now()), paths.temporary)
  const touching = setInterval(() => void utimes(file, new Date(), new Date()).catch(() => {}), touchEvery).unref()
  return {
    [Symbol.asyncDispose]: async () => {
      clearInterval(touching)
      await rm(file, { force: true })
    },
  }
}

/** The leases in use. Removes the others. */
export async function liveLeases(paths: StorePaths): Promise<readonly LiveLease[]> {
  const live: LiveLease[] = []
  for (const name of await readdir(paths.work)) {
    if (!name.startsWith(prefix)) continue
    const owner = parseOwner(name) ?? ''
    const file = join(paths.work, name)
    if (await isAlive(file, owner)) live.push({ owner, started: await readStart(file) })
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

async function readStart(file: string): Promise<number> {
  const started = Number(await readFile(file, 'latin1').catch(() => '0'))
  return Number.isFinite(started) ? started : 0
}
