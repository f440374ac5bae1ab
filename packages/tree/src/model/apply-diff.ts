import type { Diff } from './diff.ts'
import { listDirectories } from './directories.ts'
import type { Entry, Path } from './entry.ts'
import { isHiddenBy } from './hidden-paths.ts'
import { joinPath, sortedPaths } from './path.ts'
import type { Tree } from './tree.ts'
import { impliedDirectory, type TreeView } from './view.ts'

/**
 * The tree a layer makes of the one below it, entries in path order: what `layeredView` shows of
 * both. The time it takes is that of copying the tree, since most of the tree stays what it is.
 */
export function applyDiff(tree: Tree, diff: Diff): Tree {
  const result = new Map<Path, Entry>()
  const implied = listDirectories(diff)
  for (const [path, entry] of tree) {
    if (diff.has(path) || isHiddenBy(diff, path)) continue
    result.set(path, entry.type !== 'directory' && implied.has(path) ? impliedDirectory : entry)
  }
  for (const [path, change] of diff) if (change.type === 'set') result.set(path, change.entry)
  for (const path of implied.keys()) if (!result.has(path)) result.set(path, impliedDirectory)
  for (const [path, entry] of result) {
    if (entry.type !== 'hardlink' || diff.has(path)) continue
    // A hard link whose target is another file now is the file it linked to.
    const linked = tree.get(entry.target)
    if (linked !== undefined && linked.type !== 'hardlink' && linked !== result.get(entry.target))
      result.set(path, linked)
  }
  if (!result.has('')) result.set('', impliedDirectory)
  return new Map(sortedPaths(result).map((path) => [path, result.get(path) ?? impliedDirectory]))
}

/** Everything a view shows, entries in path order. */
export function treeOf(view: TreeView): Tree {
  const tree = new Map<Path, Entry>()
  addTo(tree, view, '')
  return tree
}

function addTo(tree: Map<Path, Entry>, view: TreeView, path: Path): void {
  const entry = view.get(path)
  if (entry === undefined) return
  tree.set(path, entry)
  if (entry.type === 'directory') for (const name of view.children(path)) addTo(tree, view, joinPath(path, name))
}
