import { open } from 'node:fs/promises'
import { hasErrno } from '../storage/errors.ts'

/**
 * Writes out the names in a directory, so that they outlive a power failure. Has no effect if the
 * file system cannot sync directories, or the caller may not read the directory.
 */
export async function syncDirectory(path: string): Promise<void> {
  try {
    await using directory = await open(path, 'r')
    await directory.sync()
  } catch (error) {
    if (!hasErrno(error, 'ENOENT', 'EACCES', 'EPERM', 'EINVAL', 'ENOSYS', 'ENOTSUP', 'EROFS', 'EBADF')) throw error
  }
}
