import { closeSync, openSync } from 'node:fs'
import type { Libc, MountCall } from '../machine/libc.ts'
import { MS_NODEV } from '../machine/flags.ts'

/**
 * A mount of overlayfs. Paths may be relative to the working directory, which keeps many of them
 * below the limit of a page.
 */
export interface Overlay {
  readonly target: string
  /** Uppermost first; at least one, or two when there is no upper directory. */
  readonly lower: readonly string[]
  /** Directory for writes, and an empty one beside it on the same file system. */
  readonly writable?: { readonly upper: string; readonly work: string }
  /**
   * Marks are kept in `user.overlay.` attributes, as is needed in a user namespace. Needs kernel
   * 5.11.
   */
  readonly userXattrs: boolean
}

/**
 * The mount call for an overlay. What is written is not synced when it is unmounted; removed and
 * renamed directories leave plain traces in the upper directory; device files do not work in it.
 */
export function overlayMount({ target, lower, writable, userXattrs }: Overlay): MountCall {
  const upper = writable ? [`upperdir=${writable.upper}`, `workdir=${writable.work}`, 'volatile'] : []
  const features = userXattrs ? ['userxattr'] : ['index=off', 'metacopy=off', 'redirect_dir=off', 'xino=off']
  const options = [`lowerdir=${lower.map(escape).join(':')}`, ...upper, ...features].join(',')
  return { type: 'overlay', target, flags: MS_NODEV, options }
}

/**
 * Mounts an overlay with the upper directory `upper`; once more after `seeWriteBackError` if an
 * error on the disk is the obstacle.
 */
export function mountOverlay(libc: Pick<Libc, 'mount' | 'syncFileSystem'>, call: MountCall, upper?: string): void {
  try {
    libc.mount(call)
  } catch (error) {
    if (upper === undefined || !(error instanceof Error && 'code' in error && error.code === 'EIO')) throw error
    seeWriteBackError(libc, upper)
    libc.mount(call)
  }
}

/**
 * Syncs the file system of a directory. After a write-back error that no process has seen, the
 * kernel refuses volatile overlays on it (filesystems/overlayfs, "Volatile mount"). The error
 * concerns what was written before, by any process.
 */
export function seeWriteBackError(libc: Pick<Libc, 'syncFileSystem'>, directory: string): void {
  const fd = openSync(directory, 'r')
  try {
    libc.syncFileSystem(fd)
  } catch {
    // This is how the error is seen.
  } finally {
    closeSync(fd)
  }
}

/** Colons separate and commas end (filesystems/overlayfs). */
function escape(path: string): string {
  return path.replace(/[\\:,]/g, '\\$&')
}
