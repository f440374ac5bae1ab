import { chmod, mkdir, rename } from 'node:fs/promises'
import { type Bytes, syncDirectory, withLock } from '@tsbuild/content'
import { type Digest, type DigestAlgorithm } from '@tsbuild/oci'
import type { NewManifest, RegistryStorage, Upload } from '../storage/storage.ts'
import { DirectoryReader } from './directory-reader.ts'
import { noteUse, removeFile, sizeOf, touchFile } from './files.ts'
import { deleteManifest, putManifest } from './manifests.ts'
import { prepareStorage } from './prepare-storage.ts'
import { type StoragePaths, storagePaths } from './storage-paths.ts'
import { type UploadLimits, Uploads } from './uploads.ts'
import { type Quota, Usage } from './usage.ts'

/** Interval of the search for expired uploads, in milliseconds. */
const sweepEvery = 5 * 60_000

const hour = 60 * 60_000

const defaultLimits: UploadLimits = { uploads: 1000, idle: hour, age: 24 * hour }

/**
 * Opens the storage of a registry in a directory, made first if it is missing. Any number of
 * processes may use it. Rejects with `STORE_UNUSABLE` for a directory of something else, and with
 * `STORE_TOO_NEW` for a later version.
 */
export async function openStorage(root: string, limits: Partial<StorageLimits> = {}): Promise<RegistryStorage> {
  const paths = storagePaths(root)
  await prepareStorage(paths)
  return new DirectoryStorage(paths, { ...defaultLimits, ...limits })
}

/** Bounds of a storage. */
export interface StorageLimits extends UploadLimits {
  readonly quota?: Quota | undefined
}

class DirectoryStorage extends DirectoryReader implements RegistryStorage {
  readonly #uploads: Uploads
  readonly #sweeping: NodeJS.Timeout
  readonly #usage: Usage | undefined

  constructor(paths: StoragePaths, limits: StorageLimits) {
    super(paths, { notesUse: true })
    this.#usage = limits.quota && new Usage(paths, limits.quota)
    this.#uploads = new Uploads(paths, limits, (repository, digest, path) => this.#publish(repository, digest, path))
    const sweep = (): void => void this.#uploads.sweep().catch(() => undefined)
    sweep()
    this.#sweeping = setInterval(sweep, Math.min(sweepEvery, limits.idle, limits.age)).unref()
  }

  async requireRoom(repository: string, wanted?: number, stored?: number): Promise<void> {
    await this.#usage?.requireRoom(repository, wanted, stored)
  }

  withinQuota(repository: string, upload: Upload, body: Bytes): Bytes {
    return this.#usage?.withinQuota(repository, upload, body) ?? body
  }

  beginUpload(repository: string, algorithm: DigestAlgorithm): Promise<Upload> {
    return this.#uploads.begin(repository, algorithm)
  }

  findUpload(repository: string, id: string): Promise<Upload | undefined> {
    return this.#uploads.find(repository, id)
  }

  async mountBlob(digest: Digest, { from, to }: { readonly from: string; readonly to: string }): Promise<boolean> {
    const found = await this.findBlob(from, digest)
    if (found === undefined) return false
    return this.#withRoom(to, found, () =>
      withLock(this.paths.blobLock(digest), async () => {
        if (!(await noteUse(this.paths.blob(digest)))) return false
        await this.#link(to, digest)
        return true
      }),
    )
  }

  async putManifest(repository: string, manifest: NewManifest): Promise<void> {
    await this.#usage?.check(repository, manifest.digest, manifest.bytes.length)
    await putManifest(manifest, { storage: this.paths, repository: this.paths.repository(repository) })
  }

  async deleteTag(repository: string, tag: string): Promise<boolean> {
    const { lock, tag: pathOf } = this.paths.repository(repository)
    if (!(await this.hasRepository(repository))) return false
    return withLock(lock, () => removeFile(pathOf(tag)))
  }

  async deleteManifest(repository: string, digest: Digest): Promise<boolean> {
    if (!(await this.hasRepository(repository))) return false
    return deleteManifest(digest, { storage: this.paths, repository: this.paths.repository(repository) })
  }

  async deleteBlob(repository: string, digest: Digest): Promise<boolean> {
    return removeFile(this.paths.repository(repository).blob(digest))
  }

  async close(): Promise<void> {
    clearInterval(this.#sweeping)
  }

  /**
   * The file is complete and on disk. It replaces one with the same bytes, so that its time is new:
   * a collector leaves it alone until it is linked, and after.
   */
  async #publish(repository: string, digest: Digest, path: string): Promise<void> {
    const place = (): Promise<void> =>
      withLock(this.paths.blobLock(digest), async () => {
        await chmod(path, 0o444)
        await rename(path, this.paths.blob(digest))
        await noteUse(this.paths.blob(digest))
        await this.#link(repository, digest)
      })
    await this.#withRoom(repository, { digest, size: (await sizeOf(path)) ?? 0 }, place)
  }

  /** Blobs of a repository are linked one after the other where a quota counts them. */
  async #withRoom<T>(
    repository: string,
    { digest, size }: { readonly digest: Digest; readonly size: number },
    action: () => Promise<T>,
  ): Promise<T> {
    if (this.#usage === undefined) return action()
    const { directory, lock } = this.paths.repository(repository)
    await mkdir(directory, { recursive: true })
    return withLock(lock, async () => {
      await this.#usage?.check(repository, digest, size)
      return action()
    })
  }

  async #link(repository: string, digest: Digest): Promise<void> {
    const { blobs, blob } = this.paths.repository(repository)
    await mkdir(blobs, { recursive: true })
    await touchFile(blob(digest))
    await syncDirectory(blobs)
  }
}
