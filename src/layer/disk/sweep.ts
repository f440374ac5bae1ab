import { lstat, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { checkLiveness, parseOwner } from '@tsbuild/content'
import { liveLeases } from './lease.ts'
import { removeUnpacked } from './remove-unpacked.ts'
import type { StorePaths } from './store-paths.ts'

/**
 * A process of another PID namespace without a lease: `doctor`, or a build that is about to take
 * one.
 */
const graceWithOwner = 60_000
/** Names without an owner are those of earlier versions. */
const graceWithoutOwner = 24 * 60 * 60 * 1000

/**
 * Removes leftovers of ended processes from the store: unfinished files, working directories,
 * leases. Removals that fail are left.
 */
export async function sweep(paths: StorePaths): Promise<void> {
  for (const path of await abandonedTemporaries(paths)) await removeUnpacked(path, paths).catch(() => undefined)
}

/** Directories that hold only temporary files and directories. */
export function temporaryDirectories(paths: StorePaths): readonly string[] {
  // The last is where earlier versions wrote blobs.
  return [paths.temporary, paths.work, join(paths.layout, 'blobs/.tmp')]
}

/**
 * Paths of the temporaries whose process has ended. `idleSince` (milliseconds since 1970) says that
 * no lease existed then: unknown processes of temporaries before that have ended too.
 */
export async function abandonedTemporaries(
  paths: StorePaths,
  { idleSince }: { readonly idleSince?: number } = {},
): Promise<readonly string[]> {
  const candidates = await Promise.all(temporaryDirectories(paths).map(notAlive))
  const doubtful = candidates.flat()
  if (doubtful.length === 0) return []
  const leases = new Set((await liveLeases(paths)).map(({ owner }) => owner))
  const abandoned: string[] = []
  for (const { path, owner, isDead } of doubtful) {
    if (isDead || (idleSince !== undefined && (await isBefore(path, idleSince)))) abandoned.push(path)
    else if (!(owner !== undefined && leases.has(owner)) && (await isStale(path, owner))) abandoned.push(path)
  }
  return abandoned
}

interface Doubtful {
  readonly path: string
  readonly owner: string | undefined
  readonly isDead: boolean
}

async function notAlive(directory: string): Promise<readonly Doubtful[]> {
  const names = await readdir(directory).catch(() => [])
  return names.flatMap((name) => {
    const owner = parseOwner(name)
    const liveness = owner === undefined ? 'unknown' : checkLiveness(owner)
    return liveness === 'alive' ? [] : [{ path: join(directory, name), owner, isDead: liveness === 'dead' }]
  })
}

async function isBefore(path: string, time: number): Promise<boolean> {
  const found = await lstat(path).catch(() => undefined)
  return found !== undefined && found.mtimeMs <= time
}

async function isStale(path: string, owner: string | undefined): Promise<boolean> {
  const found = await lstat(path).catch(() => undefined)
  return found !== undefined && Date.now() - found.mtimeMs > (owner === undefined ? graceWithoutOwner : graceWithOwner)
}
