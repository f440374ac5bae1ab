import { closeSync, type Stats, lstatSync, openSync, utimesSync } from 'node:fs'
import { lstat, utimes } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'

/**
 * Notes that a file of the store is used: its own time is the time of last use. A store that may
 * only be read keeps its times.
 */
export async function noteFileUse(path: string): Promise<void> {
  const now = new Date()
  await utimes(path, now, now).catch(() => undefined)
}

/**
 * Notes that a directory of the store is used, and returns false when it does not exist. The times
 * of a directory belong to its content (the root of a layer, a commit), so the note is a file
 * elsewhere. It comes before the look: `prune` reads it again after it has moved the directory.
 */
export function noteDirectoryUse(directory: string): boolean {
  const note = usePath(directory)
  try {
    const now = new Date()
    utimesSync(note, now, now)
  } catch {
    makeNote(note)
  }
  return lstatSync(directory, { throwIfNoEntry: false })?.isDirectory() === true
}

/**
 * File whose mtime is the time of the last use of a directory in `unpacked`, `mounts` or `sources`.
 */
export function usePath(directory: string): string {
  const folder = dirname(directory)
  return join(dirname(folder), 'uses', `${basename(folder)}-${basename(directory)}`)
}

/** File with the metadata that a ledger keeps of the files in a cache mount. */
export function ownersPath(mount: string): string {
  return `${usePath(mount)}.owners`
}

/**
 * Time of the last use of a file or directory of the store, in milliseconds since 1970. For a
 * directory without a note it is the time when it got its name.
 */
export async function lastUse(path: string, found: Stats): Promise<number> {
  if (!found.isDirectory()) return found.mtimeMs
  const note = await lstat(usePath(path)).catch(() => undefined)
  return note?.mtimeMs ?? found.ctimeMs
}

function makeNote(note: string): void {
  try {
    closeSync(openSync(note, 'w'))
  } catch {
    // A store that may only be read is not pruned from here.
  }
}
