import type { MountCall } from './libc.ts'
import { MS_NODEV } from './plan/flags.ts'

/** A mount of overlayfs. Paths may be relative to the working directory, which keeps many of them below the limit of a page. */
export interface Overlay {
  readonly target: string
  /** Uppermost first; at least one, or two when there is no upper directory. */
  readonly lower: readonly string[]
  /** Where writes go, and an empty directory beside it on the same file system. */
  readonly writable?: { readonly upper: string; readonly work: string }
  /** Marks are kept in `user.overlay.` attributes, as is needed in a user namespace. Needs kernel 5.11. */
  readonly userXattrs: boolean
}

/**
 * The mount call for an overlay. What is written is not synced when it is unmounted; removed and renamed directories leave
 * plain traces in the upper directory; device files do not work in it.
 */
export function overlayMount({ target, lower, writable, userXattrs }: Overlay): MountCall {
  const upper = writable ? [`upperdir=${writable.upper}`, `workdir=${writable.work}`, 'volatile'] : []
  const features = userXattrs ? ['userxattr'] : ['index=off', 'metacopy=off', 'redirect_dir=off', 'xino=off']
  const options = [`lowerdir=${lower.map(escape).join(':')}`, ...upper, ...features].join(',')
  return { type: 'overlay', target, flags: MS_NODEV, options }
}

/** Colons separate and commas end (filesystems/overlayfs). */
function escape(path: string): string {
  return path.replace(/[\\:,]/g, '\\$&')
}
