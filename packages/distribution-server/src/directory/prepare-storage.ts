import { readdir } from 'node:fs/promises'
import { dirname } from 'node:path'
import { makeDirectories, prepareTemporary } from '@tsbuild/content'
import { TsbuildError } from '@tsbuild/errors'
import { ignoreMissing, readText, replaceFile } from './files.ts'
import { blobFolders, storageFolders, type StoragePaths } from './storage-paths.ts'

const version = '1\n'

/**
 * Makes the storage of a registry if it is missing; several processes may do so at once. Rejects as
 * `checkStorage` does, and with `STORE_UNUSABLE` for a directory with other files.
 */
export async function prepareStorage(paths: StoragePaths): Promise<void> {
  const isNew = !(await hasMarker(paths))
  if (isNew) {
    const others = (await readdir(paths.root).catch(ignoreMissing))?.filter((name) => !storageFolders.includes(name))
    if (others !== undefined && others.length > 0) throw unusable(paths, others)
    // Images may be private: only the user who serves them reads the storage.
    await makeDirectories(dirname(paths.root))
    await makeDirectories(paths.root, 0o700)
  }
  for (const folder of [paths.repositories, paths.uploads, paths.locks, ...blobFolders(paths)])
    await makeDirectories(folder)
  await prepareTemporary(paths.temporary)
  if (isNew) await replaceFile(paths.marker, version, paths)
}

/**
 * Rejects with `STORE_UNUSABLE` unless the directory is a storage, `STORE_TOO_NEW` for a later
 * version.
 */
export async function checkStorage(paths: StoragePaths): Promise<void> {
  if (!(await hasMarker(paths))) throw unusable(paths, (await readdir(paths.root).catch(ignoreMissing)) ?? [])
}

async function hasMarker(paths: StoragePaths): Promise<boolean> {
  const marker = await readText(paths.marker)
  if (marker !== undefined && marker !== version)
    throw new TsbuildError(
      'STORE_TOO_NEW',
      `"${paths.root}" is of a later version: ${JSON.stringify(marker.slice(0, 20))}`,
    )
  return marker !== undefined
}

function unusable({ root }: StoragePaths, names: readonly string[]): TsbuildError {
  const hint = names.includes('oci-layout')
    ? `this is an OCI image layout: tsbuild registry serve --layout ${root}`
    : 'name an empty or new directory, or one that tsbuild registry serve made'
  return new TsbuildError('STORE_UNUSABLE', `"${root}" is not the storage of a registry`, { hint })
}
