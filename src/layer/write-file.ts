import { mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { temporaryPath } from '@tsbuild/content'

/**
 * Writes a file so that readers see the old content or the new, never a part: a temporary name in
 * `temporary`, then a rename.
 */
export async function writeFileAtomic(path: string, content: Uint8Array | string, temporary: string): Promise<void> {
  const draft = temporaryPath(temporary, 'file')
  try {
    await writeFile(draft, content)
    await rename(draft, path).catch(async () => {
      await mkdir(dirname(path), { recursive: true })
      await rename(draft, path)
    })
  } catch (error) {
    await rm(draft, { force: true })
    throw error
  }
}
