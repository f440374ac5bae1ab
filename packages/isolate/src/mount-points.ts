import { chmodSync, lstatSync, mkdirSync, readdirSync, rmdirSync, type Stats, unlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { IsolationError } from './errors.ts'
import type { Mount } from './process.ts'
import { resolveInRoot } from './resolve-in-root.ts'

/** A place something will be mounted on. */
export interface MountPoint {
  /** Absolute in the root. */
  readonly target: string
  readonly directory: boolean
  /** Of what is made; default 0755 for a directory, 0644 for a file. What is made above it is 0755. */
  readonly mode?: number
}

interface Made {
  readonly path: string
  readonly directory: boolean
  readonly mode?: number
}

interface Touched {
  readonly before: Stats
  after: Stats
}

/** Makes the mount point of a mount, and decides what it leaves open: a tmpfs looks like what it covers. */
export function makeMountPoint(points: MountPoints, mount: Mount): Mount {
  if (mount.type === 'tmpfs') {
    const path = points.make({ target: mount.target, directory: true, mode: 0o1777 })
    return { ...mount, mode: mount.mode ?? lstatSync(path).mode & 0o7777 }
  }
  points.make(mount)
  return mount
}

/**
 * Makes the mount points that a root directory lacks, and takes them away again afterwards: what was made and is still
 * empty goes, and directories get back the times they had, so that nothing shows that it was mounted.
 */
export class MountPoints {
  readonly #root: string
  readonly #made: Made[] = []
  readonly #touched = new Map<string, Touched>()

  constructor(root: string) {
    this.#root = root
  }

  /** Makes what is missing of a mount point; returns where it is on the host. What lies in another mount is not this one's business. */
  make({ target, directory, mode }: MountPoint): string {
    const resolved = resolveInRoot(this.#root, target)
    const names = resolved.split('/').filter((name) => name !== '')
    for (const index of names.keys()) {
      const path = join(this.#root, ...names.slice(0, index + 1))
      const found = lstatSync(path, { throwIfNoEntry: false })
      if (found && !found.isDirectory() && index < names.length - 1) {
        throw new IsolationError('LAUNCH_FAILED', `Cannot mount on ${target}: /${names.slice(0, index + 1).join('/')} is not a directory`)
      }
      if (found) continue
      const isLast = index === names.length - 1
      this.#make({ path, directory: directory || !isLast, ...(isLast && mode !== undefined ? { mode } : {}) })
    }
    return join(this.#root, resolved)
  }

  #make(made: Made): void {
    const parent = dirname(made.path)
    const before = lstatSync(parent)
    if (made.directory) mkdirSync(made.path, { mode: 0o755 })
    else writeFileSync(made.path, '', { mode: 0o644, flag: 'wx' })
    // The umask has no say in what was asked for.
    if (made.mode !== undefined) chmodSync(made.path, made.mode)
    this.#made.push(made)
    const touched = this.#touched.get(parent)
    if (touched) touched.after = lstatSync(parent)
    else this.#touched.set(parent, { before, after: lstatSync(parent) })
  }

  /** Removes what was made and is still empty. Call it once, when nothing is mounted any more. */
  remove(): void {
    for (const made of this.#made.toReversed()) {
      const parent = dirname(made.path)
      const found = lstatSync(parent, { throwIfNoEntry: false })
      if (!found?.isDirectory() || !removeEmpty(made)) continue
      const touched = this.#touched.get(parent)
      // A directory that the process has changed itself keeps the time of that.
      const times = touched && touched.after.mtimeMs === found.mtimeMs ? touched.before : found
      utimesSync(parent, times.atimeMs / 1000, times.mtimeMs / 1000)
      if (touched) touched.after = lstatSync(parent)
    }
  }
}

function removeEmpty({ path, directory }: Made): boolean {
  const stat = lstatSync(path, { throwIfNoEntry: false })
  if (directory ? !stat?.isDirectory() || readdirSync(path).length > 0 : !stat?.isFile() || stat.size > 0) return false
  if (directory) rmdirSync(path)
  else unlinkSync(path)
  return true
}
