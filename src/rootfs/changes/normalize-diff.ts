import { type Change, type Diff, type Entry, hasSameXattrs, joinPath, parentOf, type Path } from '@tsbuild/tree'
import { changedFiles } from './changed-files.ts'
import type { EarlierState } from './earlier-state.ts'

/**
 * Reduces a diff to the content of its layer, the same for every way of making a rootfs: files that
 * are as they were before are left out, and so are directories of which nothing but the time
 * changed, unless something in them changed; a directory made anew is the removal of what it does
 * not have any more, not an `opaque` mark. The diff has every directory above a change.
 */
export async function normalizeDiff(found: Diff, earlier: EarlierState): Promise<Diff> {
  const changed = await changedFiles(found, earlier)
  const diff = new Map<Path, Change>()
  const changedWithin = new Set<Path>()
  const put = (path: Path, change: Change): void => {
    diff.set(path, change)
    changedWithin.add(parentOf(path))
  }
  // Scans come in path order: backwards, a directory comes after what is in it.
  for (const [path, change] of [...found].toReversed()) {
    if (change.type === 'remove') put(path, change)
    else if (change.entry.type !== 'directory') {
      if (changed.has(path)) put(path, change)
    } else {
      const before = earlier.find(path)?.entry
      const gone = change.opaque && before?.type === 'directory' ? goneFrom(path, found, earlier) : []
      for (const one of gone) put(one, { type: 'remove' })
      if (changedWithin.has(path) || before === undefined || !isSameDirectory(before, change.entry))
        put(path, { type: 'set', entry: change.entry })
    }
  }
  return diff
}

/** Names that a directory loses when it is made anew. */
function goneFrom(directory: Path, found: Diff, earlier: EarlierState): readonly Path[] {
  return earlier.names(directory).flatMap((name) => {
    const path = joinPath(directory, name)
    const change = found.get(path)
    if (change?.type !== 'set') return [path]
    const isPlain =
      change.entry.type === 'directory' && !change.opaque && earlier.find(path)?.entry.type === 'directory'
    return isPlain ? goneFrom(path, found, earlier) : []
  })
}

function isSameDirectory(before: Entry, entry: Entry): boolean {
  const { mode, uid, gid } = entry
  return (
    before.type === 'directory' &&
    before.mode === mode &&
    before.uid === uid &&
    before.gid === gid &&
    hasSameXattrs(before, entry)
  )
}
