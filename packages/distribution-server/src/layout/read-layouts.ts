import { existsSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { type Digest } from '@tsbuild/oci'
import type { RegistryReader, StoredFile, StoredManifest } from '../storage/storage.ts'
import { LayoutReader } from './layout-reader.ts'

/** Levels of folders in which layouts are searched. */
const deepest = 5

/**
 * Offers the images of an OCI image layout for reading, or of the layouts in the folders of a
 * directory, which are found once. Rejects with `LAYOUT_INVALID` where there is no layout.
 */
export async function readLayouts(directory: string): Promise<RegistryReader> {
  const own = new LayoutReader(directory, basename(directory))
  const found = existsSync(join(directory, 'oci-layout')) ? [] : await findLayouts(directory)
  const readers = found.length === 0 ? [own] : found.map((path) => new LayoutReader(join(directory, path), path))
  // A directory that cannot be read is an error now, not at the first request.
  await Promise.all(readers.map((reader) => reader.listRepositories()))
  return readers.length === 1 && readers[0] !== undefined ? readers[0] : new JoinedReader(readers)
}

/** Paths below the directory of folders that are layouts, in order. */
async function findLayouts(directory: string, path = '', depth = 1): Promise<readonly string[]> {
  const entries = await readdir(join(directory, path), { withFileTypes: true })
  const folders = entries
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => (path === '' ? name : `${path}/${name}`))
  const found: string[] = []
  for (const folder of folders.sort()) {
    if (existsSync(join(directory, folder, 'oci-layout'))) found.push(folder)
    else if (depth < deepest) found.push(...(await findLayouts(directory, folder, depth + 1)))
  }
  return found
}

/** Several readers as one. A repository is that of the first reader that has it. */
class JoinedReader implements RegistryReader {
  readonly #readers: readonly RegistryReader[]

  constructor(readers: readonly RegistryReader[]) {
    this.#readers = readers
  }

  async hasRepository(repository: string): Promise<boolean> {
    return (await this.#find(repository)) !== undefined
  }

  async findBlob(repository: string, digest: Digest): Promise<StoredFile | undefined> {
    return (await this.#find(repository))?.findBlob(repository, digest)
  }

  async findManifest(repository: string, reference: string): Promise<StoredManifest | undefined> {
    return (await this.#find(repository))?.findManifest(repository, reference)
  }

  async listTags(repository: string): Promise<readonly string[] | undefined> {
    return (await this.#find(repository))?.listTags(repository)
  }

  async listReferrers(repository: string, subject: Digest): Promise<readonly Digest[]> {
    return (await (await this.#find(repository))?.listReferrers(repository, subject)) ?? []
  }

  async listRepositories(): Promise<readonly string[]> {
    const lists = await Promise.all(this.#readers.map((reader) => reader.listRepositories()))
    return [...new Set(lists.flat())].sort()
  }

  async #find(repository: string): Promise<RegistryReader | undefined> {
    for (const reader of this.#readers) if (await reader.hasRepository(repository)) return reader
    return undefined
  }
}
