import { type BigIntStats, lstatSync, readdirSync } from 'node:fs'
import type { Entry, Path } from '../model/entry.ts'
import { FileTable } from './file-table.ts'
import { hostEntry } from './host-entry.ts'
import { exactNames, hostPath } from './host-path.ts'
import { parentOf } from '../model/path.ts'
import { requireSystemCalls } from './system-calls.ts'

/**
 * A directory of this machine of which single paths are looked at. Its files must not change
 * meanwhile.
 */
export class HostDirectory {
  readonly #files: FileTable
  readonly #calls = requireSystemCalls()
  readonly #directories = new Map<Path, boolean>([['', true]])

  constructor(root: string) {
    this.#files = new FileTable(root)
  }

  /**
   * The entry at a path, with extended attributes, and its stat. Undefined for sockets, missing
   * paths and paths below symlinks.
   */
  find(path: Path): { readonly entry: Entry; readonly stat: BigIntStats } | undefined {
    if (path !== '' && !this.#isDirectory(parentOf(path))) return undefined
    const host = hostPath(this.#files.root, path)
    const stat = lstatSync(host, { bigint: true, throwIfNoEntry: false })
    const entry = stat && hostEntry({ files: this.#files, path, stat, zeroOwner: false })
    if (stat === undefined || entry === undefined) return undefined
    const xattrs = this.#calls.getXattrs(host)
    return { entry: xattrs.size === 0 ? entry : { ...entry, xattrs }, stat }
  }

  /** Names in a directory. */
  names(directory: Path): readonly string[] {
    const host = hostPath(this.#files.root, directory)
    return exactNames(readdirSync(host), () => readdirSync(host, { encoding: 'buffer' }))
  }

  #isDirectory(path: Path): boolean {
    const known = this.#directories.get(path)
    if (known !== undefined) return known
    const stat = this.#isDirectory(parentOf(path))
      ? lstatSync(hostPath(this.#files.root, path), { throwIfNoEntry: false })
      : undefined
    this.#directories.set(path, stat?.isDirectory() === true)
    return stat?.isDirectory() === true
  }
}
