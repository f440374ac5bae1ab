import { lstatSync, mkdirSync, readdirSync, rmdirSync, type Stats, unlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { resolveInRoot } from './resolve-in-root.ts'

/** A place something will be mounted on. */
export interface MountPoint {
  /** Absolute in the root. */
  readonly target: string
  readonly directory: boolean
}

interface Made {
  readonly path: string
  readonly directory: boolean
}

interface Touched {
  readonly before: Stats
  after: Stats
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
  make({ target, directory }: MountPoint): string {
    const resolved = resolveInRoot(this.#root, target)
    const names = resolved.split('/').filter((name) => name !== '')
    for (const index of names.keys()) {
      const path = join(this.#root, ...names.slice(0, index + 1))
      if (lstatSync(path, { throwIfNoEntry: false })) continue
      this.#make({ path, directory: directory || index < names.length - 1 })
    }
    return join(this.#root, resolved)
  }

  #make(made: Made): void {
    const parent = dirname(made.path)
    const before = lstatSync(parent)
    if (made.directory) mkdirSync(made.path, { mode: 0o755 })
    else writeFileSync(made.path, '', { mode: 0o644, flag: 'wx' })
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
