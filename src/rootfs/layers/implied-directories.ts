import { type Diff, type Entry, parentOf, type Path, type Tree, type TreeView } from '@tsbuild/tree'

/**
 * Paths of the directories a diff changes something in without having them itself, as layers of
 * some builders do. The root is not among them.
 */
export function impliedDirectories(diff: Diff): ReadonlySet<Path> {
  const implied = new Set<Path>()
  for (const path of diff.keys()) {
    for (let above = parentOf(path); above !== '' && !diff.has(above) && !implied.has(above); above = parentOf(above))
      implied.add(above)
  }
  return implied
}

/** The directories of `paths` that there are. */
export function directoriesAt(paths: Iterable<Path>, view: TreeView): Tree {
  const found = new Map<Path, Entry>()
  for (const path of paths) {
    const entry = view.get(path)
    if (entry?.type === 'directory') found.set(path, entry)
  }
  return found
}
