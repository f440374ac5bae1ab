import { randomBytes } from 'node:crypto'
import { lstatSync } from 'node:fs'
import { access, constants, cp, lstat, mkdir, readdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { temporaryPath } from '@tsbuild/content'
import type { StorePaths } from './store-paths.ts'
import { userName } from './user-name.ts'

/** A directory of the store that belonged to another user, and its new name. */
export interface Reclaimed {
  readonly path: string
  readonly owner: string
  readonly aside: string
}

const mark = '.of-'

/**
 * Makes the record directories that another user owns writable again: a store that root used once
 * has such directories. Each is renamed, which its parent allows, and a copy takes its place. Cache
 * mounts of root start empty, because their files keep their owners. Has no effect for root.
 */
export async function reclaim(paths: StorePaths): Promise<readonly Reclaimed[]> {
  const me = process.geteuid?.() ?? 0
  if (me === 0) return []
  const isForeign = (path: string): boolean => {
    const found = lstatSync(path, { throwIfNoEntry: false })
    return found !== undefined && found.isDirectory() && found.uid !== me
  }
  const reclaimed: Reclaimed[] = []
  for (const folder of ['cache', 'indexes', 'layers'].map((name) => join(paths.root, name))) {
    const foreign = isForeign(folder) ? [folder] : (await pathsIn(folder)).filter(isForeign)
    for (const path of foreign) reclaimed.push(...(await setAside(path, await readableCopy(path, paths))))
  }
  for (const path of await pathsIn(paths.cacheMounts)) {
    if (lstatSync(path, { throwIfNoEntry: false })?.uid === 0) reclaimed.push(...(await setAside(path)))
  }
  return reclaimed
}

/** True for the new name of a directory that was set aside. */
export function isSetAside(name: string): boolean {
  return name.includes(mark)
}

async function pathsIn(folder: string): Promise<readonly string[]> {
  const names = await readdir(folder).catch(() => [])
  return names.filter((name) => !isSetAside(name)).map((name) => join(folder, name))
}

async function readableCopy(path: string, { temporary }: StorePaths): Promise<string> {
  const copy = temporaryPath(temporary, 'reclaim')
  await mkdir(copy)
  const filter = (source: string): Promise<boolean> =>
    access(source, constants.R_OK).then(
      () => true,
      () => false,
    )
  await cp(path, copy, { recursive: true, filter }).catch(() => undefined)
  return copy
}

/**
 * Another build may do the same at the same time: the one that renames the directory also replaces
 * it.
 */
async function setAside(path: string, replacement?: string): Promise<readonly Reclaimed[]> {
  try {
    const { uid } = await lstat(path)
    const aside = `${path}${mark}${uid}-${randomBytes(4).toString('hex')}`
    await rename(path, aside)
    if (replacement !== undefined) await rename(replacement, path)
    return [{ path, owner: userName(uid), aside }]
  } catch (error) {
    if (replacement !== undefined) await rm(replacement, { recursive: true, force: true })
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return []
    throw error
  }
}
