import type { Diff } from './diff.ts'
import { diffOfTree } from './diff-of-tree.ts'
import type { Entry, Path } from './entry.ts'
import { joinPath } from './path.ts'
import type { Tree } from './tree.ts'
import { layeredView, type TreeView } from './view.ts'

/** The tree a layer makes of the one below it, entries in path order. */
export function applyDiff(tree: Tree, diff: Diff): Tree {
  return treeOf(layeredView([diffOfTree(tree), diff]))
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
