import { lstat, opendir } from 'node:fs/promises'
import { join } from 'node:path'

/** Bytes on disk of a directory tree, hard links counted once; what vanishes meanwhile counts 0. */
export async function measure(directory: string): Promise<number> {
  let size = 0
  const seen = new Set<string>()
  const visit = async (folder: string): Promise<void> => {
    const entries = await opendir(folder).catch(() => undefined)
    if (entries === undefined) return
    for await (const entry of entries) {
      const path = join(folder, entry.name)
      const stat = await lstat(path).catch(() => undefined)
      if (stat === undefined) continue
      if (stat.nlink > 1 && !stat.isDirectory()) {
        const inode = `${stat.dev}:${stat.ino}`
        if (seen.has(inode)) continue
        seen.add(inode)
      }
      size += stat.blocks * 512
      if (stat.isDirectory()) await visit(path)
    }
  }
  await visit(directory)
  return size
}
