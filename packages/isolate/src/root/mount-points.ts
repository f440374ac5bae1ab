import {
  type BigIntStats,
  chmodSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  rmdirSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { type DirectoryTimes, isSameFile } from './directory-times.ts'
import { IsolationError } from '../model/errors.ts'
import type { Mount } from '../model/process.ts'
import { resolveInRoot } from './resolve-in-root.ts'

/** A place something will be mounted on. */
export interface MountPoint {
  /** Absolute in the root. */
  readonly target: string
  readonly directory: boolean
  /**
   * Mode of the mount point; default 0755 for a directory, 0644 for a file. Directories above it
   * get 0755.
   */
  readonly mode?: number
}

interface Made {
  readonly path: string
  readonly directory: boolean
  readonly mode?: number
}

/** Device and inode number of a file. */
interface FileId {
  readonly dev: number
  readonly ino: number
}

/** A mount point that was made, and the directory it was made in. */
interface Known extends Made {
  readonly parent: BigIntStats
}

/**
 * Makes the mount point of a mount, and decides what it leaves open: a tmpfs looks like what it
 * covers.
 */
export function makeMountPoint(points: MountPoints, mount: Mount): Mount {
  if (mount.type === 'tmpfs') {
    const path = points.make({ target: mount.target, directory: true, mode: 0o1777 })
    return { ...mount, mode: mount.mode ?? lstatSync(path).mode & 0o7777 }
  }
  points.make(mount)
  return mount
}

/**
 * Makes the mount points that a root directory lacks, and removes those that are still empty
 * afterwards. Directories get back the times they had, so that nothing shows that something was
 * mounted.
 */
export class MountPoints {
  readonly #root: string
  readonly #times: DirectoryTimes
  readonly #made: Known[] = []

  constructor(root: string, times: DirectoryTimes) {
    this.#root = root
    this.#times = times
  }

  /**
   * Makes what is missing of a mount point; returns where it is on the host. What lies in another
   * mount is not this one's business.
   */
  make({ target, directory, mode }: MountPoint): string {
    const resolved = resolveInRoot(this.#root, target)
    const names = resolved.split('/').filter((name) => name !== '')
    for (const index of names.keys()) {
      const path = join(this.#root, ...names.slice(0, index + 1))
      const found = lstatSync(path, { throwIfNoEntry: false })
      if (found && !found.isDirectory() && index < names.length - 1) {
        throw new IsolationError(
          'LAUNCH_FAILED',
          `cannot mount on ${target}: /${names.slice(0, index + 1).join('/')} is not a directory`,
        )
      }
      if (found) continue
      const isLast = index === names.length - 1
      this.#make({ path, directory: directory || !isLast, ...(isLast && mode !== undefined && { mode }) })
    }
    return join(this.#root, resolved)
  }

  /** The directories that were made. */
  directories(): readonly FileId[] {
    return this.#made.filter(({ directory }) => directory).map(({ path }) => lstatSync(path))
  }

  #make(made: Made): void {
    const parent = dirname(made.path)
    this.#times.change(parent, () => {
      if (made.directory) mkdirSync(made.path, { mode: 0o755 })
      else writeFileSync(made.path, '', { mode: 0o644, flag: 'wx' })
    })
    // The umask has no say in a mode that was given.
    if (made.mode !== undefined) chmodSync(made.path, made.mode)
    this.#made.push({ ...made, parent: lstatSync(parent, { bigint: true }) })
  }

  /** Removes the mount points that are still empty. Call it once, after all mounts have ended. */
  remove(): void {
    for (const made of this.#made.toReversed()) {
      const parent = dirname(made.path)
      // The process may have put a symlink in the way, which would lead out of the root.
      const isThere = isSameFile(lstatSync(parent, { bigint: true, throwIfNoEntry: false }), made.parent)
      if (isThere && isEmpty(made))
        this.#times.change(parent, () => (made.directory ? rmdirSync(made.path) : unlinkSync(made.path)))
    }
    this.#times.restore()
  }
}

function isEmpty({ path, directory }: Made): boolean {
  const stat = lstatSync(path, { throwIfNoEntry: false })
  return directory
    ? stat?.isDirectory() === true && readdirSync(path).length === 0
    : stat?.isFile() === true && stat.size === 0
}
