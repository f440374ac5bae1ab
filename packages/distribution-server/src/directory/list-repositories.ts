import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { ignoreMissing } from './files.ts'
import { repositoryFolders } from './storage-paths.ts'

/** Names of all repositories below a directory, in the order of their bytes. */
export async function listRepositories(directory: string): Promise<readonly string[]> {
  const found: string[] = []
  const waiting = ['']
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    const entries = (await readdir(join(directory, name), { withFileTypes: true }).catch(ignoreMissing)) ?? []
    const folders = new Set(entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name))
    if (repositoryFolders.some((folder) => folders.has(folder))) found.push(name)
    for (const folder of folders) if (!folder.startsWith('_')) waiting.push(name === '' ? folder : `${name}/${folder}`)
  }
  return found.sort()
}
