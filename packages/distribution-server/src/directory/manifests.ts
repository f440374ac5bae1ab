import { mkdir, rmdir } from 'node:fs/promises'
import { dirname } from 'node:path'
import { withLock } from '@tsbuild/content'
import { type Digest } from '@tsbuild/oci'
import type { NewManifest } from '../storage/storage.ts'
import { WireError } from '../wire/wire-error.ts'
import { listNames, noteUse, readText, removeFile, replaceFile, sizeOf, touchFile } from './files.ts'
import { linkName, type RepositoryPaths, type StoragePaths } from './storage-paths.ts'

/** A repository and the storage that it lies in. */
export interface Place {
  readonly storage: StoragePaths
  readonly repository: RepositoryPaths
}

/**
 * Stores a manifest whose references exist, then points tags at it: a tag never leads to missing
 * content, however early the process ends. Rejects with `MANIFEST_BLOB_UNKNOWN`.
 */
export async function putManifest(manifest: NewManifest, place: Place): Promise<void> {
  const { storage, repository } = place
  const { digest, bytes, mediaType, subject, references, tags } = manifest
  await mkdir(repository.directory, { recursive: true })
  await withLock(repository.lock, async () => {
    await checkReferences(references, place)
    await withLock(storage.blobLock(digest), async () => {
      await replaceFile(storage.blob(digest), bytes, storage)
      await mkdir(repository.manifests, { recursive: true })
      await replaceFile(repository.manifest(digest), mediaType, storage)
    })
    if (subject !== undefined) {
      await mkdir(repository.referrersOf(subject), { recursive: true })
      await touchFile(`${repository.referrersOf(subject)}/${linkName(digest)}`)
    }
    if (tags.length > 0) await mkdir(repository.tags, { recursive: true })
    for (const tag of tags) await replaceFile(repository.tag(tag), digest, storage)
  })
}

/** Removes a manifest from a repository, with its tags; its bytes stay until they are collected. */
export async function deleteManifest(digest: Digest, { repository }: Place): Promise<boolean> {
  return withLock(repository.lock, () => unlinkManifest(digest, repository))
}

/** `deleteManifest` for a caller that holds the lock of the repository. */
export async function unlinkManifest(digest: Digest, repository: RepositoryPaths): Promise<boolean> {
  // Tags first: a tag without its manifest would be worse than a manifest without its tag.
  for (const tag of (await listNames(repository.tags)) ?? [])
    if ((await readText(repository.tag(tag))) === digest) await removeFile(repository.tag(tag))
  if (!(await removeFile(repository.manifest(digest)))) return false
  for (const folder of (await listNames(repository.referrers)) ?? []) {
    const path = `${repository.referrers}/${folder}/${linkName(digest)}`
    // Another referrer keeps the folder.
    if (await removeFile(path)) await rmdir(dirname(path)).catch(() => undefined)
  }
  return true
}

async function checkReferences(references: readonly Digest[], place: Place): Promise<void> {
  const missing: Digest[] = []
  for (const digest of new Set(references)) if (!(await isHere(digest, place))) missing.push(digest)
  if (missing.length === 0) return
  const some = missing.slice(0, 20)
  throw new WireError('MANIFEST_BLOB_UNKNOWN', `the repository does not have ${some.join(', ')}`, {
    detail: some.map((digest) => ({ digest })),
  })
}

/** True for a blob or manifest of the repository, whose use is noted. */
async function isHere(digest: Digest, { storage, repository }: Place): Promise<boolean> {
  const isLinked = (await noteUse(repository.blob(digest))) || (await noteUse(repository.manifest(digest)))
  return isLinked && (await sizeOf(storage.blob(digest))) !== undefined
}
