import type { Entry, Path } from '../model/entry.ts'
import { linkTo } from '../model/hardlinks.ts'
import { comparePaths, isWithin, joinPath } from '../model/path.ts'
import { resolveHardlink, type TreeView } from '../model/view.ts'
import type { Filter } from '../disk/walk.ts'

/** Something in a selected directory. */
export interface SelectedEntry {
  /** Relative to the directory. */
  readonly path: Path
  /** A hard link leads to another entry of the selection, by its relative path. */
  readonly entry: Entry
}

/**
 * Contents of a directory that a filter takes, in path order, directories before their contents.
 * Names of one file become hard links to the first of them, also when the file system has the
 * content at another name. A generator, because there may be 100,000s.
 */
export function* contentsOf(
  view: TreeView,
  directory: Path,
  filter: Filter,
): Generator<SelectedEntry, void, undefined> {
  const stack: Level[] = [{ path: '', names: view.children(directory), next: 0, isTaken: true }]
  const links = new SelectedLinks(view, directory, filter)
  for (let level = stack.at(-1); level !== undefined; level = stack.at(-1)) {
    const name = level.names[level.next]
    level.next += 1
    if (name === undefined) {
      stack.pop()
      continue
    }
    const path = joinPath(level.path, name)
    const source = joinPath(directory, path)
    const entry = view.get(source)
    if (entry === undefined) continue
    const isDirectory = entry.type === 'directory'
    const choice = filter(path, isDirectory)
    if (choice === 'take') {
      yield* untaken(view, directory, stack)
      yield { path, entry: links.redirect(path, source, entry) }
    }
    if (isDirectory && choice !== 'skip')
      stack.push({ path, names: view.children(source), next: 0, isTaken: choice === 'take' })
  }
}

interface Level {
  readonly path: Path
  readonly names: readonly string[]
  next: number
  /** Already yielded. */
  isTaken: boolean
}

/** The directories that are only taken because a file in them is. */
function* untaken(
  view: TreeView,
  directory: Path,
  levels: readonly Level[],
): Generator<SelectedEntry, void, undefined> {
  // Above a directory that was taken, all were.
  const last = levels.findLastIndex(({ isTaken }) => isTaken)
  for (const level of levels.slice(last + 1)) {
    level.isTaken = true
    const entry = view.get(joinPath(directory, level.path))
    if (entry !== undefined) yield { path: level.path, entry }
  }
}

/** Leads hard links to the first name of their file that the selection has. */
class SelectedLinks {
  readonly #view: TreeView
  readonly #directory: Path
  readonly #filter: Filter
  /** By where the file system has the content, for files of which a link was taken first. */
  readonly #first = new Map<Path, Path>()

  constructor(view: TreeView, directory: Path, filter: Filter) {
    this.#view = view
    this.#directory = directory
    this.#filter = filter
  }

  /** Entry as it is in the selection. `source` is its path in the file system. */
  redirect(path: Path, source: Path, entry: Entry): Entry {
    if (entry.type === 'file') {
      const first = this.#first.get(source)
      return first === undefined ? entry : linkTo(first, entry)
    }
    if (entry.type !== 'hardlink') return entry
    const first = this.#first.get(entry.target) ?? this.#taken(entry.target, path)
    if (first !== undefined) return linkTo(first, entry)
    this.#first.set(entry.target, path)
    return resolveHardlink(this.#view, entry) ?? entry
  }

  /** The path in the selection of the entry at `source`, if it was taken before `path`. */
  #taken(source: Path, path: Path): Path | undefined {
    if (!isWithin(this.#directory, source) || source === this.#directory) return undefined
    const found = this.#directory === '' ? source : source.slice(this.#directory.length + 1)
    return comparePaths(found, path) < 0 && this.#filter(found, false) === 'take' ? found : undefined
  }
}
