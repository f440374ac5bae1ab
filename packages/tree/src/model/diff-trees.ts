import { isAlike } from './alike.ts'
import type { Change, Diff } from './diff.ts'
import type { Entry, Path } from './entry.ts'
import { parentOf, sortedPaths } from './path.ts'
import type { Tree } from './tree.ts'

/**
 * Changes that turn `before` into `after`: `applyDiff(before, diffTrees(before, after))` is
 * `after`. Everything that a layer can hold counts, times too. Files without digest are equal only
 * when their content is the same object. A group of hard links is in the diff as a whole or not at
 * all, because a layer cannot link into another. Directories above changes are in it only when they
 * changed.
 */
export function diffTrees(before: Tree, after: Tree): Diff {
  const diff = new Map<Path, Change>()
  const touched = touchedLinks(before, after)
  for (const path of sortedPaths(after)) {
    const entry = after.get(path)
    const old = before.get(path)
    if (entry === undefined) continue
    const owner = entry.type === 'hardlink' ? entry.target : path
    if (old === undefined || touched.has(owner) || !isSame(old, entry)) diff.set(path, { type: 'set', entry })
  }
  for (const path of sortedPaths(before)) {
    if (after.has(path) || path === '') continue
    // What is removed or replaced takes along what was in it.
    if (after.get(parentOf(path))?.type === 'directory' && before.get(parentOf(path))?.type === 'directory')
      diff.set(path, { type: 'remove' })
  }
  return diff
}

/** Owners of link groups of `after` of which some member is not as it was. */
function touchedLinks(before: Tree, after: Tree): ReadonlySet<Path> {
  const touched = new Set<Path>()
  for (const [path, entry] of after) {
    if (entry.type !== 'hardlink') continue
    const [owner, oldOwner, old] = [after.get(entry.target), before.get(entry.target), before.get(path)]
    if (
      owner === undefined ||
      oldOwner === undefined ||
      old === undefined ||
      !isSame(old, entry) ||
      !isSame(oldOwner, owner)
    )
      touched.add(entry.target)
  }
  return touched
}

function isSame(a: Entry, b: Entry): boolean {
  if (a === b) return true
  if (!isAlike(a, b)) return false
  if (a.type !== 'file' || b.type !== 'file' || a.content === b.content) return true
  return a.content.digest !== undefined && a.content.digest === b.content.digest
}
