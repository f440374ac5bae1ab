import { chmodSync, lstatSync, lutimesSync, mkdirSync, readdirSync, rmSync, type Stats } from 'node:fs'
import type { Metadata, Path } from '../model/entry.ts'
import { exactNames, type HostPath, hostPath } from './host-path.ts'
import { defaultAcl } from '../model/layer-xattrs.ts'
import { joinPath, parentOf } from '../model/path.ts'
import { loadSystemCalls, requireSystemCalls } from './system-calls.ts'
import { readErrorCode } from './system-error.ts'

/**
 * Metadata that a directory gets last. Files made in a directory with a default ACL would inherit
 * it.
 */
type Finish = Pick<Metadata, 'mode' | 'mtime'> & { readonly defaultAcl?: Uint8Array }

export interface ConfinedOptions {
  /** Modes of directories bind us: they are opened up while there is work in them. */
  readonly isBound: boolean
  /** Sets the metadata of a directory that was made on the way. */
  readonly dress: (path: Path) => void
}

/**
 * Directory of this machine that is written to by paths of a tree, never through a symlink. Every
 * directory on a path is checked before use. Any other entry in its place is replaced by a
 * directory. No other program may write to it meanwhile.
 */
export class ConfinedDirectory {
  readonly #root: string
  readonly #options: ConfinedOptions
  /** Directories known to be real ones. */
  readonly #known = new Set<Path>()
  /** Paths created here, and the directories they are in. */
  readonly #written = new Set<Path>()
  readonly #replaced = new Set<Path>()
  readonly #finishes = new Map<Path, Finish>()

  constructor(root: string, options: ConfinedOptions) {
    this.#root = root
    this.#options = options
  }

  hostPath(path: Path): HostPath {
    return hostPath(this.#root, path)
  }

  /** True if something was created at a path or below it. */
  hasWritten(path: Path): boolean {
    return this.#written.has(path)
  }

  /** True if a directory at a path was made or met before. */
  isKnown(path: Path): boolean {
    return this.#known.has(path)
  }

  /** True if a directory exists at a path without symlinks on the way. */
  isDirectory(path: Path): boolean {
    if (this.#known.has(path)) return true
    if (path !== '' && !this.isDirectory(parentOf(path))) return false
    const stat = lstatSync(this.hostPath(path), { throwIfNoEntry: false })
    if (stat?.isDirectory() !== true) return false
    this.#meet(path, stat)
    return true
  }

  /** True if a directory was made in the place of another entry that was put here. */
  hasReplaced(path: Path): boolean {
    return this.#replaced.has(path)
  }

  /** Makes a directory, or keeps the one there is. Returns whether it was made. */
  makeDirectory(path: Path): boolean {
    const isPut = this.#written.has(path)
    this.#prepare(path)
    if (this.isDirectory(path)) return false
    if (isPut) this.#replaced.add(path)
    this.remove(path)
    mkdirSync(this.hostPath(path), { mode: 0o700 })
    this.#known.add(path)
    return true
  }

  /**
   * Creates something that is not a directory. `create` must fail with `EEXIST` if the path exists.
   * The path is then removed.
   */
  replace(path: Path, create: (host: HostPath) => void): void {
    this.#prepare(path)
    try {
      create(this.hostPath(path))
    } catch (error) {
      if (readErrorCode(error) !== 'EEXIST') throw error
      this.remove(path)
      create(this.hostPath(path))
    }
  }

  /**
   * Removes the entry at a path with its contents. Symlinks are removed, not followed. The path may
   * be missing.
   */
  remove(path: Path): void {
    if (path === '' || !this.isDirectory(parentOf(path))) return
    if (this.#options.isBound) this.#openAll(path)
    if (this.#known.has(path)) this.#forget(path)
    rmSync(this.hostPath(path), { recursive: true, force: true })
  }

  /** Forgets a directory and its contents. Every remembered path lies in a known directory. */
  #forget(directory: Path): void {
    this.#known.delete(directory)
    this.#finishes.delete(directory)
    for (const name of this.#namesIn(directory)) {
      const path = joinPath(directory, name)
      this.#written.delete(path)
      if (this.#known.has(path)) this.#forget(path)
    }
  }

  /** Removes entries of a directory that were not put there. */
  removeUnwritten(path: Path): void {
    if (!this.isDirectory(path)) return
    for (const name of this.#namesIn(path)) {
      const child = joinPath(path, name)
      if (this.hasWritten(child)) this.removeUnwritten(child)
      else this.remove(child)
    }
  }

  /**
   * Keeps the final metadata of a directory until the end: its mode could forbid writing into it,
   * and writing changes its time.
   */
  finishLater(path: Path, finish: Finish): void {
    this.#finishes.set(path, finish)
  }

  /** Gives directories their modes and times, the deepest first. */
  finish(): void {
    for (const [path, { mode, mtime, defaultAcl: acl }] of [...this.#finishes].sort(
      ([a], [b]) => b.length - a.length,
    )) {
      if (acl !== undefined) setDefaultAcl(this.hostPath(path), acl)
      chmodSync(this.hostPath(path), mode)
      lutimesSync(this.hostPath(path), mtime, mtime)
    }
  }

  /** Takes note that a path is written, and makes the directories it is in. */
  #prepare(path: Path): void {
    const parent = parentOf(path)
    if (path !== '' && !this.isDirectory(parent) && this.makeDirectory(parent)) this.#options.dress(parent)
    for (let at = path; !this.#written.has(at); at = parentOf(at)) this.#written.add(at)
  }

  /**
   * Records a directory that existed before, so that its metadata can be restored unless the layer
   * changes it.
   */
  #meet(path: Path, stat: Stats): void {
    this.#known.add(path)
    const acl = this.#options.isBound ? undefined : takeDefaultAcl(this.hostPath(path))
    const found = {
      mode: stat.mode & 0o7777,
      mtime: stat.mtimeMs / 1000,
      ...(acl !== undefined && { defaultAcl: acl }),
    }
    if (!this.#finishes.has(path)) this.finishLater(path, found)
    if (this.#options.isBound && (stat.mode & 0o700) !== 0o700) chmodSync(this.hostPath(path), 0o700)
  }

  /** Lets us into every directory from a path down, so that it can be removed. */
  #openAll(path: Path): void {
    if (this.isDirectory(path)) for (const name of this.#namesIn(path)) this.#openAll(joinPath(path, name))
  }

  #namesIn(directory: Path): readonly string[] {
    const host = this.hostPath(directory)
    return exactNames(readdirSync(host), () => readdirSync(host, { encoding: 'buffer' }))
  }
}

/** Removes the default ACL of a directory and returns it. */
function takeDefaultAcl(directory: HostPath): Uint8Array | undefined {
  const calls = loadSystemCalls()
  const acl = calls?.getXattrs(directory).get(defaultAcl)
  if (acl !== undefined) calls?.removeXattr(directory, defaultAcl)
  return acl
}

/** Does without where the file system has no ACLs. */
function setDefaultAcl(directory: HostPath, acl: Uint8Array): void {
  try {
    requireSystemCalls().setXattr(directory, defaultAcl, acl)
  } catch (error) {
    if (readErrorCode(error) !== 'EOPNOTSUPP' && readErrorCode(error) !== 'ENOTSUP') throw error
  }
}
