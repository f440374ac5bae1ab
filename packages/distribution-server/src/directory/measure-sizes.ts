import { join } from 'node:path'
import { listNames, readText, sizeOf } from './files.ts'
import { readLinks } from './repository.ts'
import { blobFolders, type StoragePaths } from './storage-paths.ts'

/** Bytes of all blobs and manifests of a storage. */
export async function measureContent(paths: StoragePaths): Promise<number> {
  let bytes = 0
  for (const folder of blobFolders(paths))
    for (const name of (await listNames(folder)) ?? []) bytes += (await sizeOf(join(folder, name))) ?? 0
  return bytes
}

/** Bytes of the blobs and manifests of a repository. */
export async function measureRepository(paths: StoragePaths, name: string): Promise<number> {
  const { blobs, manifests } = paths.repository(name)
  const digests = new Set([...(await readLinks(blobs)), ...(await readLinks(manifests))])
  let bytes = 0
  for (const digest of digests) bytes += (await sizeOf(paths.blob(digest))) ?? 0
  return bytes
}

/**
 * Bytes of the unfinished uploads to a repository; of all by default. `received` has the sizes of
 * uploads, by their ids, of which the last bytes may not be on disk.
 */
export async function measureUploads(
  paths: StoragePaths,
  received: ReadonlyMap<string, number>,
  name?: string,
): Promise<number> {
  let bytes = 0
  for (const id of (await listNames(paths.uploads)) ?? []) {
    const { repository, data } = paths.upload(id)
    if (name !== undefined && (await readText(repository)) !== name) continue
    const stored = (await sizeOf(data)) ?? 0
    bytes += Math.max(stored, received.get(id) ?? 0)
  }
  return bytes
}
