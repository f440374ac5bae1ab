import { randomBytes } from 'node:crypto'
import { mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'

/** Writes a file so that readers see the old content or the new, never a part: a temporary name in `temporary`, then a rename. */
export async function writeFileAtomic(path: string, content: Uint8Array | string, temporary: string): Promise<void> {
  const draft = join(temporary, `file-${process.pid}-${randomBytes(6).toString('hex')}`)
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
