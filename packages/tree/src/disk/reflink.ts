import {
  type BigIntStats,
  chmodSync,
  constants,
  copyFileSync,
  lchownSync,
  linkSync,
  lutimesSync,
  mkdirSync,
  readlinkSync,
  symlinkSync,
} from 'node:fs'
import type { Path } from '../model/entry.ts'
import { unpackDevice } from './device-number.ts'
import { type HostPath, hostPath } from './host-path.ts'
import { requireSystemCalls } from './system-calls.ts'
import { readErrorCode } from './system-error.ts'
import { walk } from './walk.ts'

export interface ReflinkOptions {
  /**
   * Give files their owners and all attributes. Without it files are ours, and attributes that the
   * kernel refuses are left out.
   */
  readonly chown: boolean
}

/**
 * Errors of file systems that cannot share blocks between files, and of files on different ones.
 */
const unable: ReadonlySet<string | undefined> = new Set(['ENOTSUP', 'EOPNOTSUP', 'EXDEV', 'EINVAL', 'ENOTTY', 'ENOSYS'])

/**
 * Copies a directory to a new one. Files share their blocks until one of them is written to
 * (ioctl_ficlone(2)). Resolves with false if the file system cannot do that. The new directory is
 * then incomplete. Both must not be written to meanwhile.
 */
export async function reflinkDirectory(from: string, to: string, options: ReflinkOptions): Promise<boolean> {
  const directories: (readonly [Path, BigIntStats])[] = []
  const links = new Map<string, HostPath>()
  try {
    await walk(from, (path, stat) => {
      const target = hostPath(to, path)
      if (stat.isDirectory()) {
        mkdirSync(target, { mode: 0o700 })
        directories.push([path, stat])
        return
      }
      const inode = `${stat.dev}:${stat.ino}`
      const first = links.get(inode)
      if (first !== undefined) return linkSync(first, target)
      if (stat.isSocket()) return
      if (stat.nlink > 1n) links.set(inode, target)
      copy(hostPath(from, path), target, stat)
      dress(hostPath(from, path), target, { stat, ...options })
    })
  } catch (error) {
    if (unable.has(readErrorCode(error))) return false
    throw error
  }
  // From the deepest up: a new file in a directory changes its time, and its mode may forbid new
  // files.
  for (const [path, stat] of directories.toReversed())
    dress(hostPath(from, path), hostPath(to, path), { stat, ...options })
  return true
}

function copy(from: HostPath, to: HostPath, stat: BigIntStats): void {
  if (stat.isFile()) copyFileSync(from, to, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE_FORCE)
  else if (stat.isSymbolicLink()) symlinkSync(readlinkSync(from, { encoding: 'buffer' }), to)
  else requireSystemCalls().mknod(to, Number(stat.mode), unpackDevice(stat.rdev))
}

function dress(from: HostPath, to: HostPath, { stat, chown }: ReflinkOptions & { readonly stat: BigIntStats }): void {
  // The owner first, because chown removes set-user-ID bits and capabilities. The mode after an
  // ACL, because the ACL contains it.
  if (chown) lchownSync(to, Number(stat.uid), Number(stat.gid))
  const calls = requireSystemCalls()
  for (const [name, value] of calls.getXattrs(from)) {
    try {
      calls.setXattr(to, name, value)
    } catch (error) {
      if (chown && !name.startsWith('security.selinux')) throw error
    }
  }
  if (!stat.isSymbolicLink()) chmodSync(to, Number(stat.mode) & 0o7777)
  lutimesSync(to, Number(stat.atimeNs) / 1e9, Number(stat.mtimeNs) / 1e9)
}
