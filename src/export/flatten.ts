import type { Change, Diff, Path, TreeView } from '@tsbuild/tree'

/** Everything a file system has, as the one diff that makes it from nothing. */
export function flatten(view: TreeView): Diff {
  const flat = new Map<Path, Change>()
  const visit = (directory: Path): void => {
    for (const name of view.children(directory)) {
      const path = directory === '' ? name : `${directory}/${name}`
      const entry = view.get(path)
      if (entry === undefined) continue
      flat.set(path, { type: 'set', entry })
      if (entry.type === 'directory') visit(path)
    }
  }
  visit('')
  return flat
}
