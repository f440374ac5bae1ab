import { randomBytes } from 'node:crypto'
import { lstat, rename, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { temporaryPath } from '@tsbuild/content'
import { lastUse, ownersPath, usePath } from '../../layer/disk/note-use.ts'
import { removeUnpacked } from '../../layer/disk/remove-unpacked.ts'
import type { StorePaths } from '../../layer/disk/store-paths.ts'
import type { ObjectOnDisk } from './stored-object.ts'

const mark = '.gone-'

/** True for a directory that a killed prune had moved aside. */
export function isGone(path: string): boolean {
  return basename(path).startsWith(mark)
}

/**
 * Removes an object, unless it was used after `cutoff` (milliseconds since 1970). A build notes a
 * use and then looks; here the object is moved aside and then its note is read. One of the two sees
 * the other: either the build finds the object missing, or it is put back.
 */
export async function removeObject(
  { path, isDirectory, type }: Pick<ObjectOnDisk, 'path' | 'isDirectory' | 'type'>,
  cutoff: number,
  paths: StorePaths,
): Promise<'removed' | 'used' | 'missing'> {
  if (type === 'temporary') {
    await removeUnpacked(path, paths)
    return 'removed'
  }
  if (await isUsed(path, path, cutoff)) return 'used'
  // A directory of another owner can be renamed in its folder only.
  const aside = isDirectory
    ? join(dirname(path), `${mark}${randomBytes(8).toString('hex')}`)
    : temporaryPath(paths.temporary, 'prune')
  try {
    await rename(path, aside)
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return 'missing'
    throw error
  }
  if (await isUsed(aside, path, cutoff)) {
    await putBack(aside, path, paths)
    return 'used'
  }
  try {
    await (isDirectory ? removeUnpacked(aside, paths) : rm(aside, { force: true }))
  } catch (error) {
    await putBack(aside, path, paths)
    throw error
  }
  if (isDirectory) for (const note of [usePath(path), ownersPath(path)]) await rm(note, { force: true })
  return 'removed'
}

/** `name` is the path that notes of its use are under. */
async function isUsed(path: string, name: string, cutoff: number): Promise<boolean> {
  const found = await lstat(path).catch(() => undefined)
  // The time of a directory changes when it is moved.
  if (found === undefined) return false
  if (!found.isDirectory()) return found.mtimeMs > cutoff
  return path === name ? (await lastUse(name, found)) > cutoff : (await noteTime(name)) > cutoff
}

async function noteTime(directory: string): Promise<number> {
  return (await lstat(usePath(directory)).catch(() => undefined))?.mtimeMs ?? 0
}

/** Gives an object its name again; one that a build has made anew meanwhile stays instead. */
async function putBack(aside: string, path: string, paths: StorePaths): Promise<void> {
  await rename(aside, path).catch(() => removeUnpacked(aside, paths).catch(() => undefined))
}
