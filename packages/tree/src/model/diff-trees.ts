import { isAlike } from './alike.ts'
import type { Change, Diff } from './diff.ts'
import type { Entry, Path } from './entry.ts'
import { parentOf, sortedPaths } from './path.ts'
import type { Tree } from './tree.ts'

/**
 * What has to be done to `before` to make it `after`: `applyDiff(before, diffTrees(before, after))` is `after`. Everything a layer can
 * hold counts, times too; files without digest are the same only when their content is the same object. Of a group of hard links
 * either all members are in the diff or none, because a layer cannot link into another. Directories above changes are only in it
 * when they changed.
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
    if (owner === undefined || oldOwner === undefined || old === undefined || !isSame(old, entry) || !isSame(oldOwner, owner))
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
