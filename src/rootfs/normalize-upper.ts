import { lstatSync, readdirSync, type Stats } from 'node:fs'
import { type Change, type Diff, joinPath, parentOf, type Path } from '@tsbuild/tree'

/**
 * What an overlay's upper directory says, in the words every way of making a rootfs uses: directories of which nothing but
 * the time changed are left out unless something in them changed; a directory made anew is the removal of what it does not
 * have any more, not an `opaque` mark. `before` is the state below the upper directory, as a directory.
 */
export function normalizeUpper(upper: Diff, before: string): Diff {
  const diff = new Map<Path, Change>()
  const changedWithin = new Set<Path>()
  const put = (path: Path, change: Change): void => {
    diff.set(path, change)
    changedWithin.add(parentOf(path))
  }
  // Scans come in path order: backwards, a directory comes after what is in it.
  for (const [path, change] of [...upper].toReversed()) {
    if (change.type === 'remove' || change.entry.type !== 'directory') {
      put(path, change)
      continue
    }
    const old = lstatSync(`${before}/${path}`, { throwIfNoEntry: false })
    if (change.opaque) for (const gone of goneFrom(path, upper, before)) put(gone, { type: 'remove' })
    else if (!changedWithin.has(path) && old?.isDirectory() && isSame(old, change.entry)) continue
    put(path, { type: 'set', entry: change.entry })
  }
  return diff
}

/** What the directory had and has not any more, where it is made anew. */
function goneFrom(directory: Path, upper: Diff, before: string): readonly Path[] {
  if (!lstatSync(`${before}/${directory}`, { throwIfNoEntry: false })?.isDirectory()) return []
  return readdirSync(`${before}/${directory}`).flatMap((name) => {
    const path = joinPath(directory, name)
    const change = upper.get(path)
    if (change?.type !== 'set') return [path]
    return change.entry.type === 'directory' && !change.opaque ? goneFrom(path, upper, before) : []
  })
}

function isSame(old: Stats, entry: { readonly mode: number; readonly uid: number; readonly gid: number }): boolean {
  return (old.mode & 0o7777) === entry.mode && old.uid === entry.uid && old.gid === entry.gid
}
