import type { Change, Diff } from '../model/diff.ts'
import type { Entry, Path } from '../model/entry.ts'
import { linkTo } from '../model/hardlinks.ts'
import { HiddenPaths } from '../model/hidden-paths.ts'
import { isWithin, parentOf } from '../model/path.ts'
import type { TreeView } from '../model/view.ts'

/** A file system with further changes on top. Look-ups see them. */
export class EditedView implements Pick<TreeView, 'get'> {
  readonly #below: TreeView
  readonly #changes = new Map<Path, Change>()
  readonly #hidden = new HiddenPaths(this.#changes)
  /** Directories that have changes below them: only these need a search when they are replaced. */
  readonly #directories = new Set<Path>()
  /** Further names of files among the changes, by the path that has the content. */
  readonly #links = new Map<Path, Path[]>()

  constructor(below: TreeView) {
    this.#below = below
  }

  get(path: Path): Entry | undefined {
    const change = this.#changes.get(path)
    if (change !== undefined) return change.type === 'set' ? change.entry : undefined
    return this.#hidden.has(path) ? undefined : this.#below.get(path)
  }

  /**
   * Replaces the entry at a path. A directory that replaces a directory keeps its contents.
   * Otherwise they are removed. Other names of a removed file keep its content.
   */
  put(path: Path, entry: Entry): void {
    const before = this.get(path)
    if (before === entry && this.#changes.has(path)) return
    const isKept = before?.type === 'directory' && entry.type === 'directory'
    if (!isKept && this.#directories.has(path)) {
      for (const other of [...this.#changes.keys()].filter((changed) => changed !== path && isWithin(path, changed)))
        this.#take(other)
    }
    const old = this.#take(path)
    // A directory in place of another entry must hide the contents that the file system below had
    // there.
    const isOpaque =
      entry.type === 'directory' && old?.type === 'set' && (old.opaque === true || old.entry.type !== 'directory')
    this.#set(path, entry, isOpaque)
    for (let above = path; above !== '' && !this.#directories.has(parentOf(above)); ) {
      above = parentOf(above)
      this.#directories.add(above)
    }
  }

  /** Takes a change back. Of the other names of a file the first becomes the file. */
  #take(path: Path): Change | undefined {
    const taken = this.#changes.get(path)
    this.#changes.delete(path)
    this.#hidden.forget(path)
    const names = this.#links.get(path) ?? []
    this.#links.delete(path)
    const [first, ...rest] = names.filter((name) => {
      const change = this.#changes.get(name)
      return change?.type === 'set' && change.entry.type === 'hardlink' && change.entry.target === path
    })
    if (first === undefined || taken?.type !== 'set') return taken
    this.#set(first, taken.entry)
    for (const name of rest) this.#set(name, linkTo(first, taken.entry))
    return taken
  }

  #set(path: Path, entry: Entry, opaque = false): void {
    this.#changes.set(path, opaque ? { type: 'set', entry, opaque } : { type: 'set', entry })
    this.#hidden.forget(path)
    if (entry.type !== 'hardlink') return
    const names = this.#links.get(entry.target)
    if (names === undefined) this.#links.set(entry.target, [path])
    else names.push(path)
  }

  /**
   * The changes, and with them the directories they are in as far as the file system has them,
   * unchanged, as layers of overlay mounts have them. The root is never among them. Do not put more
   * changes afterwards: the result is not a copy.
   */
  diff(): Diff {
    for (const path of this.#changes.keys()) {
      for (let above = parentOf(path); above !== '' && !this.#changes.has(above); above = parentOf(above)) {
        const entry = this.get(above)
        if (entry !== undefined) this.#changes.set(above, { type: 'set', entry })
      }
    }
    this.#changes.delete('')
    return this.#changes
  }
}
