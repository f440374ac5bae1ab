import { mkdir, open, rename, rm, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { syncDirectory, temporaryPath } from '@tsbuild/content'
import type { StorePaths } from './store-paths.ts'

/**
 * Writes a file so that readers see the old content or the new, never a part: a temporary name in
 * `temporary`, then a rename. In a durable store that holds after a power failure as well.
 */
export function writeFileAtomic(
  path: string,
  content: Uint8Array | string,
  { temporary, durable }: Pick<StorePaths, 'temporary' | 'durable'>,
): Promise<void> {
  return place(path, temporary, (draft) => (durable ? writeDurably(draft, content) : writeFile(draft, content)))
}

/** As `writeFileAtomic`, for content that is useless after a crash of the machine. */
export function writeVolatileFile(path: string, content: string, temporary: string): Promise<void> {
  return place(path, temporary, (draft) => writeFile(draft, content))
}

async function place(path: string, temporary: string, write: (draft: string) => Promise<void>): Promise<void> {
  const draft = temporaryPath(temporary, 'file')
  try {
    await write(draft)
    await rename(draft, path).catch(async () => {
      await mkdir(dirname(path), { recursive: true })
      await rename(draft, path)
    })
  } catch (error) {
    await rm(draft, { force: true })
    throw error
  }
}

async function writeDurably(path: string, content: Uint8Array | string): Promise<void> {
  await using file = await open(path, 'w')
  await file.writeFile(content)
  await file.datasync()
}

/**
 * Makes the name of a file durable, and that of its directory. Call it before writing a record that
 * depends on the file.
 */
export async function syncName(path: string): Promise<void> {
  const directory = dirname(path)
  await Promise.all([syncDirectory(directory), syncDirectory(dirname(directory))])
}
