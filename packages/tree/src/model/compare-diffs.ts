import { hasSameXattrs } from './alike.ts'
import type { Change, Diff } from './diff.ts'
import type { Entry, Path } from './entry.ts'
import { sortedPaths } from './path.ts'

/**
 * Kinds of differences between two changes of one path. `type` includes removals and opaque
 * directories, `content` the targets of links and the numbers of devices.
 */
export type DifferenceKind = 'added' | 'removed' | 'type' | 'content' | 'mode' | 'owner' | 'attributes' | 'time'

/** A path that two diffs change differently. */
export interface PathDifference {
  readonly path: Path
  /** At least one. */
  readonly kinds: readonly DifferenceKind[]
}

/**
 * Differences between two diffs, in path order; `added` and `removed` are those of `after`. Files
 * without a digest are equal only when their content is the same object.
 */
export function compareDiffs(before: Diff, after: Diff): readonly PathDifference[] {
  return sortedPaths(new Map([...before, ...after])).flatMap((path) => {
    const kinds = compareChanges(before.get(path), after.get(path))
    return kinds.length === 0 ? [] : [{ path, kinds }]
  })
}

function compareChanges(before: Change | undefined, after: Change | undefined): readonly DifferenceKind[] {
  if (before === undefined) return ['added']
  if (after === undefined) return ['removed']
  if (before.type === 'remove' || after.type === 'remove') return before.type === after.type ? [] : ['type']
  const kinds = compareEntries(before.entry, after.entry)
  return (before.opaque ?? false) === (after.opaque ?? false) || kinds.includes('type') ? kinds : ['type', ...kinds]
}

function compareEntries(before: Entry, after: Entry): readonly DifferenceKind[] {
  const differences = {
    type: before.type !== after.type,
    content: before.type === after.type && !hasSameContent(before, after),
    mode: before.mode !== after.mode,
    owner: before.uid !== after.uid || before.gid !== after.gid,
    attributes: !hasSameXattrs(before, after),
    time: before.mtime !== after.mtime,
  }
  const kinds = ['type', 'content', 'mode', 'owner', 'attributes', 'time'] as const
  return kinds.filter((kind) => differences[kind])
}

function hasSameContent(a: Entry, b: Entry): boolean {
  switch (a.type) {
    case 'file': {
      if (b.type !== 'file') return false
      if (a.content === b.content) return true
      return a.content.digest !== undefined && a.content.digest === b.content.digest
    }
    case 'symlink':
    case 'hardlink':
      return b.type === a.type && a.target === b.target
    case 'device':
      return b.type === 'device' && a.kind === b.kind && a.major === b.major && a.minor === b.minor
    case 'directory':
    case 'fifo':
      return b.type === a.type
  }
}
