import { chmod, mkdir, rename } from 'node:fs/promises'
import { makeDirectories, prepareTemporary, syncDirectory, withLock } from '@tsbuild/content'
import { TsbuildError } from '@tsbuild/errors'
import type { Algorithm, ContentDigest } from '../names/digest.ts'
import type { NewManifest, RegistryStorage, StoredFile, StoredManifest, Upload } from '../storage/storage.ts'
import { noteUse, readText, removeFile, replaceFile, touchFile } from './files.ts'
import { listRepositories } from './list-repositories.ts'
import { deleteManifest, putManifest } from './manifests.ts'
import { RepositoryView } from './repository.ts'
import { blobFolders, type StoragePaths, storagePaths } from './storage-paths.ts'
import { type UploadLimits, Uploads } from './uploads.ts'

const version = '1\n'
/** Interval of the search for idle uploads, in milliseconds. */
const sweepEvery = 5 * 60_000

const defaultLimits: UploadLimits = { uploads: 1000, idle: 60 * 60_000 }

/**
 * Opens the storage of a registry in a directory, made first if it is missing. Any number of
 * processes may use it. Rejects with `STORE_UNUSABLE` for a directory of something else, and with
 * `STORE_TOO_NEW` for a later version.
 */
export async function openStorage(root: string, limits: Partial<UploadLimits> = {}): Promise<RegistryStorage> {
  const paths = storagePaths(root)
  await prepareStorage(paths)
  return new DirectoryStorage(paths, { ...defaultLimits, ...limits })
}

/** Checks that a directory is a storage; makes it with `create`. */
export async function prepareStorage(paths: StoragePaths, { create = true } = {}): Promise<void> {
  const marker = await readText(paths.marker)
  if (marker !== undefined && marker !== version)
    throw new TsbuildError('STORE_TOO_NEW', `"${paths.root}" is of a later version: ${marker.slice(0, 20).trim()}`)
  if (marker === undefined && !create)
    throw new TsbuildError(
      'STORE_UNUSABLE',
      `"${paths.root}" is not the storage of a registry: no file "tsbuild-registry"`,
    )
  if (create) {
    // Images may be private: only the user who serves them reads the storage.
    if (marker === undefined) await makeDirectories(paths.root, 0o700)
    const folders = [paths.repositories, paths.uploads, paths.locks, ...blobFolders(paths)]
    for (const folder of folders) await makeDirectories(folder)
  }
  await prepareTemporary(paths.temporary)
  if (marker === undefined) await replaceFile(paths.marker, version, paths)
}

class DirectoryStorage implements RegistryStorage {
  readonly #paths: StoragePaths
  readonly #uploads: Uploads
  readonly #sweeping: NodeJS.Timeout

  constructor(paths: StoragePaths, limits: UploadLimits) {
    this.#paths = paths
    this.#uploads = new Uploads(paths, limits, (repository, digest, path) => this.#publish(repository, digest, path))
    const sweep = (): void => void this.#uploads.sweep().catch(() => undefined)
    sweep()
    this.#sweeping = setInterval(sweep, Math.min(sweepEvery, limits.idle)).unref()
  }

  hasRepository(repository: string): Promise<boolean> {
    return this.#view(repository).exists()
  }

  findBlob(repository: string, digest: ContentDigest): Promise<StoredFile | undefined> {
    return this.#view(repository).findBlob(digest, { notesUse: true })
  }

  findManifest(repository: string, reference: string): Promise<StoredManifest | undefined> {
    return this.#view(repository).findManifest(reference)
  }

  listTags(repository: string): Promise<readonly string[] | undefined> {
    return this.#view(repository).listTags()
  }

  listReferrers(repository: string, subject: ContentDigest): Promise<readonly ContentDigest[]> {
    return this.#view(repository).listReferrers(subject)
  }

  listRepositories(): Promise<readonly string[]> {
    return listRepositories(this.#paths.repositories)
  }

  beginUpload(repository: string, algorithm: Algorithm): Promise<Upload> {
    return this.#uploads.begin(repository, algorithm)
  }

  findUpload(repository: string, id: string): Promise<Upload | undefined> {
    return this.#uploads.find(repository, id)
  }

  async mountBlob(
    digest: ContentDigest,
    { from, to }: { readonly from: string; readonly to: string },
  ): Promise<boolean> {
    if ((await this.findBlob(from, digest)) === undefined) return false
    return withLock(this.#paths.blobLock(digest), async () => {
      if (!(await noteUse(this.#paths.blob(digest)))) return false
      await this.#link(to, digest)
      return true
    })
  }

  async putManifest(repository: string, manifest: NewManifest): Promise<void> {
    await putManifest(manifest, { storage: this.#paths, repository: this.#paths.repository(repository) })
  }

  async deleteTag(repository: string, tag: string): Promise<boolean> {
    const { lock, tag: pathOf } = this.#paths.repository(repository)
    if (!(await this.hasRepository(repository))) return false
    return withLock(lock, () => removeFile(pathOf(tag)))
  }

  async deleteManifest(repository: string, digest: ContentDigest): Promise<boolean> {
    if (!(await this.hasRepository(repository))) return false
    return deleteManifest(digest, { storage: this.#paths, repository: this.#paths.repository(repository) })
  }

  async deleteBlob(repository: string, digest: ContentDigest): Promise<boolean> {
    return removeFile(this.#paths.repository(repository).blob(digest))
  }

  async close(): Promise<void> {
    clearInterval(this.#sweeping)
  }

  #view(repository: string): RepositoryView {
    return new RepositoryView(repository, this.#paths)
  }

  /**
   * The file is complete and on disk. It replaces one with the same bytes, so that its time is new:
   * a collector leaves it alone until it is linked, and after.
   */
  async #publish(repository: string, digest: ContentDigest, path: string): Promise<void> {
    await withLock(this.#paths.blobLock(digest), async () => {
      await chmod(path, 0o444)
      await rename(path, this.#paths.blob(digest))
      await noteUse(this.#paths.blob(digest))
      await this.#link(repository, digest)
    })
  }

  async #link(repository: string, digest: ContentDigest): Promise<void> {
    const { blobs, blob } = this.#paths.repository(repository)
    await mkdir(blobs, { recursive: true })
    await touchFile(blob(digest))
    await syncDirectory(blobs)
  }
}
