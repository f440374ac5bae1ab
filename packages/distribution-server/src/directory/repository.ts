import { stat } from 'node:fs/promises'
import { withLock } from '@tsbuild/content'
import { type Digest } from '@tsbuild/oci'
import { asDigest } from '../names/as-digest.ts'
import type { StoredFile, StoredManifest } from '../storage/storage.ts'
import { ignoreMissing, listNames, noteUse, readText, sizeOf } from './files.ts'
import { readLinkName, repositoryFolders, type RepositoryPaths, type StoragePaths } from './storage-paths.ts'

/** A request for a blob notes the use of its link at most this often, in milliseconds. */
const touchEvery = 10 * 60_000

/** Reading side of one repository of a storage directory. */
export class RepositoryView {
  readonly paths: RepositoryPaths
  readonly #storage: StoragePaths

  constructor(name: string, storage: StoragePaths) {
    this.paths = storage.repository(name)
    this.#storage = storage
  }

  async exists(): Promise<boolean> {
    const names = new Set(await listNames(this.paths.directory))
    return repositoryFolders.some((folder) => names.has(folder))
  }

  /**
   * The blob, if it is linked to this repository. With `notesUse` the collector leaves an unused
   * blob alone for some time: its client is about to push a manifest.
   */
  async findBlob(digest: Digest, { notesUse }: { readonly notesUse: boolean }): Promise<StoredFile | undefined> {
    const link = this.paths.blob(digest)
    const found = await stat(link).catch(ignoreMissing)
    if (found === undefined) return undefined
    if (notesUse && Date.now() - found.mtimeMs > touchEvery) {
      if (!(await withLock(this.paths.lock, () => noteUse(link)))) return undefined
    }
    return this.#file(digest)
  }

  async findManifest(reference: string): Promise<StoredManifest | undefined> {
    const digest = asDigest(reference) ?? (await this.findTag(reference))
    if (digest === undefined) return undefined
    const [mediaType, file] = await Promise.all([readText(this.paths.manifest(digest)), this.#file(digest)])
    return mediaType === undefined || file === undefined ? undefined : { ...file, mediaType }
  }

  /** The digest behind a tag. */
  async findTag(tag: string): Promise<Digest | undefined> {
    return asDigest((await readText(this.paths.tag(tag))) ?? '')
  }

  async listTags(): Promise<readonly string[] | undefined> {
    const names = await listNames(this.paths.tags)
    return names ?? ((await this.exists()) ? [] : undefined)
  }

  async listReferrers(subject: Digest): Promise<readonly Digest[]> {
    return readLinks(this.paths.referrersOf(subject))
  }

  async #file(digest: Digest): Promise<StoredFile | undefined> {
    const path = this.#storage.blob(digest)
    const size = await sizeOf(path)
    return size === undefined ? undefined : { digest, path, size }
  }
}

/** Digests that the files of a folder name, in order. */
export async function readLinks(folder: string): Promise<readonly Digest[]> {
  const names = (await listNames(folder)) ?? []
  return names.flatMap((name) => readLinkName(name) ?? [])
}
