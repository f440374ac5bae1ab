import { open } from 'node:fs/promises'
import { hasErrno } from '../storage/errors.ts'

/**
 * Writes out the names in a directory, so that they outlive a power failure. Where a file system
 * cannot do that for directories, or the caller may not read it, it does nothing.
 */
export async function syncDirectory(path: string): Promise<void> {
  try {
    await using directory = await open(path, 'r')
    await directory.sync()
  } catch (error) {
    if (!hasErrno(error, 'ENOENT', 'EACCES', 'EPERM', 'EINVAL', 'ENOSYS', 'ENOTSUP', 'EROFS', 'EBADF')) throw error
  }
}
