import type { Change, Diff } from './diff.ts'
import { listDirectories } from './directories.ts'
import type { Path } from './entry.ts'
import { hidesBelow, isHiddenBy } from './hidden-paths.ts'
import { impliedDirectory, layeredView } from './view.ts'

/** One diff that does what several do one after the other, oldest first. */
export function squash(diffs: readonly Diff[]): Diff {
  const [oldest = new Map<Path, Change>(), ...later] = diffs
  return later.reduce(combine, oldest)
}

function combine(lower: Diff, upper: Diff): Diff {
  const result = new Map<Path, Change>()
  const both = layeredView([lower, upper])
  for (const [path, change] of lower) {
    if (upper.has(path) || isHiddenBy(upper, path)) continue
    // What was removed or no directory, and has something put below it, begins anew as a directory.
    if (!isDirectory(change) && listDirectories(upper).has(path))
      result.set(path, { type: 'set', entry: impliedDirectory, opaque: true })
    else if (change.type === 'remove') result.set(path, change)
    // Through the view, because a hard link whose target `upper` replaces becomes the file it
    // linked to.
    else result.set(path, { ...change, entry: both.get(path) ?? change.entry })
  }
  for (const [path, change] of upper) {
    const isNew = isDirectory(change) && hidesBelow(lower.get(path)) && !isHiddenBy(upper, path)
    result.set(path, isNew && change.type === 'set' ? { ...change, opaque: true } : change)
  }
  return result
}

function isDirectory(change: Change): boolean {
  return change.type === 'set' && change.entry.type === 'directory'
}
