import { type Digest } from '@tsbuild/oci'
import type { RegistryReader, StoredFile, StoredManifest } from '../storage/storage.ts'
import { listRepositories } from './list-repositories.ts'
import { checkStorage } from './prepare-storage.ts'
import { RepositoryView } from './repository.ts'
import { type StoragePaths, storagePaths } from './storage-paths.ts'

/**
 * Opens a storage directory for reading alone, on any medium. Rejects with `STORE_UNUSABLE` or
 * `STORE_TOO_NEW`.
 */
export async function readStorage(root: string): Promise<RegistryReader> {
  const paths = storagePaths(root)
  await checkStorage(paths)
  return new DirectoryReader(paths, { notesUse: false })
}

/** Reading side of a storage directory. */
export class DirectoryReader implements RegistryReader {
  protected readonly paths: StoragePaths
  readonly #notesUse: boolean

  constructor(paths: StoragePaths, { notesUse }: { readonly notesUse: boolean }) {
    this.paths = paths
    this.#notesUse = notesUse
  }

  hasRepository(repository: string): Promise<boolean> {
    return this.#view(repository).exists()
  }

  findBlob(repository: string, digest: Digest): Promise<StoredFile | undefined> {
    return this.#view(repository).findBlob(digest, { notesUse: this.#notesUse })
  }

  findManifest(repository: string, reference: string): Promise<StoredManifest | undefined> {
    return this.#view(repository).findManifest(reference)
  }

  listTags(repository: string): Promise<readonly string[] | undefined> {
    return this.#view(repository).listTags()
  }

  listReferrers(repository: string, subject: Digest): Promise<readonly Digest[]> {
    return this.#view(repository).listReferrers(subject)
  }

  listRepositories(): Promise<readonly string[]> {
    return listRepositories(this.paths.repositories)
  }

  #view(repository: string): RepositoryView {
    return new RepositoryView(repository, this.paths)
  }
}
