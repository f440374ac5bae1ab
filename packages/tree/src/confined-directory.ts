import { chmodSync, lstatSync, lutimesSync, mkdirSync, readdirSync, rmSync, type Stats } from 'node:fs'
import type { Metadata, Path } from './entry.ts'
import { exactNames, type HostPath, hostPath } from './host-path.ts'
import { isWithin, joinPath, parentOf } from './path.ts'
import { errorCodeOf } from './system-error.ts'

/** What a directory gets once everything is in it. */
type Finish = Pick<Metadata, 'mode' | 'mtime'>

const isSuperuser = process.geteuid?.() === 0

/**
 * A directory of this machine that is written to by paths of a tree, never through a symlink: every directory on a path is looked at
 * before it is used, and what is none is replaced by one. Nothing else may write to it meanwhile.
 */
export class ConfinedDirectory {
  readonly #root: string
  /** Makes a directory that is missing what it should be. */
  readonly #dress: (path: Path) => void
  /** Directories known to be real ones. */
  readonly #known = new Set<Path>()
  /** What was put here, and the directories that is in. */
  readonly #written = new Set<Path>()
  readonly #finishes = new Map<Path, Finish>()

  constructor(root: string, dress: (path: Path) => void) {
    this.#root = root
    this.#dress = dress
  }

  hostPath(path: Path): HostPath {
    return hostPath(this.#root, path)
  }

  /** Whether there is a directory at a path, symlinks aside. */
  isDirectory(path: Path): boolean {
    return this.#known.has(path) || (this.isReachable(path) && this.#stat(path)?.isDirectory() === true)
  }

  /** Whether something was put at a path or below it. */
  hasWritten(path: Path): boolean {
    return this.#written.has(path)
  }

  /** Whether a path can be reached without a symlink. */
  isReachable(path: Path): boolean {
    const parent = parentOf(path)
    if (path === '' || this.#known.has(parent)) return true
    return this.isDirectory(parent)
  }

  /** A host path that can be written to, its directory being a real one. */
  prepare(path: Path): HostPath {
    for (let at = path; !this.#written.has(at); at = parentOf(at)) {
      this.#written.add(at)
      if (at === '') break
    }
    if (path !== '') this.#enter(parentOf(path))
    return this.hostPath(path)
  }

  /** Makes a directory, or keeps the one there is. Returns whether it was made. */
  makeDirectory(path: Path): boolean {
    const host = this.prepare(path)
    const found = this.#stat(path)
    const isKept = found?.isDirectory() === true
    if (found !== undefined && !isKept) this.remove(path)
    if (!isKept) mkdirSync(host, { mode: 0o700 })
    else this.#open(path, found)
    this.#known.add(path)
    return !isKept
  }

  /** Puts something that is not a directory at a path; `create` must fail with `EEXIST` when something is there, which is then removed. */
  replace(path: Path, create: (host: HostPath) => void): void {
    const host = this.prepare(path)
    try {
      create(host)
    } catch (error) {
      if (errorCodeOf(error) !== 'EEXIST') throw error
      this.remove(path)
      create(host)
    }
  }

  /** Removes what is at a path, with everything in it; symlinks are removed, not followed. Nothing there is fine. */
  remove(path: Path): void {
    if (!this.isReachable(path)) return
    rmSync(hostPath(this.#root, path), { recursive: true, force: true })
    if (!this.#known.has(path)) return
    for (const directory of this.#known) if (isWithin(path, directory)) this.#known.delete(directory)
    for (const directory of this.#finishes.keys()) if (isWithin(path, directory)) this.#finishes.delete(directory)
  }

  /** Removes what is in a directory and was not put there. */
  removeUnwritten(path: Path): void {
    if (!this.isDirectory(path)) return
    const host = hostPath(this.#root, path)
    for (const name of exactNames(readdirSync(host), () => readdirSync(host, { encoding: 'buffer' }))) {
      const child = joinPath(path, name)
      if (this.hasWritten(child)) this.removeUnwritten(child)
      else this.remove(child)
    }
  }

  /** Remembers what a directory is to have in the end: a mode could forbid writing into it, and writing changes its time. */
  finishLater(path: Path, finish: Finish): void {
    this.#finishes.set(path, finish)
  }

  /** Gives directories their modes and times, the deepest first. */
  finish(): void {
    for (const [path, { mode, mtime }] of [...this.#finishes].sort(([a], [b]) => b.length - a.length)) {
      const host = hostPath(this.#root, path)
      chmodSync(host, mode)
      lutimesSync(host, mtime, mtime)
    }
  }

  #enter(path: Path): void {
    if (this.#known.has(path)) return
    if (path !== '') this.#enter(parentOf(path))
    if (this.makeDirectory(path)) this.#dress(path)
  }

  /** Takes note of an existing directory; one that its owner may not write to is opened up for the time being. */
  #open(path: Path, stat: Stats): void {
    if (this.#known.has(path)) return
    if (!this.#finishes.has(path)) this.finishLater(path, { mode: stat.mode & 0o7777, mtime: stat.mtimeMs / 1000 })
    if (!isSuperuser && (stat.mode & 0o700) !== 0o700) chmodSync(hostPath(this.#root, path), 0o700)
  }

  #stat(path: Path): Stats | undefined {
    return lstatSync(hostPath(this.#root, path), { throwIfNoEntry: false })
  }
}
