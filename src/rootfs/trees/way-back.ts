import { type Change, type Diff, parentOf, type Path, type Tree } from '@tsbuild/tree'

/**
 * The diff that makes a directory `target` again, after it was that but for what was `found` in it.
 * Directories above what is put back are in it, because their times change on the way.
 */
export function wayBack(found: Diff, target: Tree): Diff {
  const paths = new Set(found.keys())
  for (const path of lost(found, target)) paths.add(path)
  for (const path of linkedWith(paths, target)) paths.add(path)
  const diff = new Map<Path, Change>()
  for (const path of paths) {
    const entry = target.get(path)
    if (entry !== undefined) diff.set(path, { type: 'set', entry })
    // A directory without an entry in the target is removed with its content.
    else if (target.get(parentOf(path))?.type === 'directory') diff.set(path, { type: 'remove' })
  }
  for (const path of [...diff.keys()]) {
    const above = target.get(parentOf(path))
    if (path !== '' && above !== undefined) diff.set(parentOf(path), { type: 'set', entry: above })
  }
  return diff
}

/** Paths in directories that were removed, or replaced by other files. */
function lost(found: Diff, target: Tree): ReadonlySet<Path> {
  const paths = new Set<Path>()
  // In path order, so that a directory comes before what is in it.
  for (const path of target.keys()) {
    const change = found.get(path)
    const isGone = change?.type === 'remove' || (change?.type === 'set' && change.entry.type !== 'directory')
    if (isGone || (path !== '' && paths.has(parentOf(path)))) paths.add(path)
  }
  return paths
}

/**
 * Further names of files in a tree of which some names are given: a layer has all names of a file
 * or none.
 */
function linkedWith(paths: ReadonlySet<Path>, tree: Tree): readonly Path[] {
  const links = [...tree].flatMap(([path, entry]) => (entry.type === 'hardlink' ? [[path, entry.target] as const] : []))
  const targets = new Set(links.flatMap(([path, target]) => (paths.has(path) || paths.has(target) ? [target] : [])))
  return [...targets, ...links.flatMap(([path, target]) => (targets.has(target) ? [path] : []))]
}
