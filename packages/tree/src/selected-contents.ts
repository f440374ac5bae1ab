import type { Entry, Path } from './entry.ts'
import { linkTo } from './hardlinks.ts'
import { joinPath, parentOf } from './path.ts'
import { resolveHardlink, type TreeView } from './view.ts'
import type { Filter } from './walk.ts'

/** Something in a selected directory. */
export interface SelectedEntry {
  /** Relative to the directory. */
  readonly path: Path
  /** A hard link leads to another entry of the selection, by its relative path. */
  readonly entry: Entry
}

/**
 * What is in a directory as far as a filter takes it, in path order, directories before what is in them. Names of one file that are
 * taken are hard links to the first of them, whichever name the file system has the content at.
 */
export function contentsOf(view: TreeView, directory: Path, filter: Filter): readonly SelectedEntry[] {
  const contents: SelectedEntry[] = []
  const taken = new Set<Path>([''])
  const owners = new Map<Path, Path>()
  const take = (path: Path): void => {
    if (taken.has(path)) return
    take(parentOf(path))
    taken.add(path)
    const entry = view.get(joinPath(directory, path))
    if (entry !== undefined) contents.push({ path, entry: unlinked(view, owners, { path, source: joinPath(directory, path), entry }) })
  }
  const visit = (path: Path): void => {
    for (const name of view.children(joinPath(directory, path))) {
      const child = joinPath(path, name)
      const isDirectory = view.get(joinPath(directory, child))?.type === 'directory'
      const choice = filter(child, isDirectory)
      if (choice === 'take') take(child)
      if (isDirectory && choice !== 'skip') visit(child)
    }
  }
  visit('')
  return contents
}

/** An entry with its hard link redirected into the selection. `owners` knows which selected path has the content of a file first. */
function unlinked(
  view: TreeView,
  owners: Map<Path, Path>,
  item: { readonly path: Path; readonly source: Path; readonly entry: Entry },
): Entry {
  const { entry } = item
  if (entry.type !== 'file' && entry.type !== 'hardlink') return entry
  const owner = entry.type === 'hardlink' ? entry.target : item.source
  const first = owners.get(owner)
  if (first !== undefined) return linkTo(first, entry)
  owners.set(owner, item.path)
  return resolveHardlink(view, entry) ?? entry
}
