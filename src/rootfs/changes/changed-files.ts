import { type Diff, type Entry, hashFiles, HostFile, isAlike, type Path } from '@tsbuild/tree'
import type { EarlierState } from './earlier-state.ts'

/**
 * Paths of a diff whose entry, except a directory, really differs. It is new, or has another type,
 * owner, mode, time, attribute or content. Contents are only read if the rest is equal. If names
 * have become one file and one of them differs, all count. Names of one file that became several
 * files do not count, because overlays cannot keep them together.
 */
export async function changedFiles(diff: Diff, earlier: EarlierState): Promise<ReadonlySet<Path>> {
  const changed = new Set<Path>()
  const alike = new Map<Path, HostFile>()
  for (const [path, change] of diff) {
    if (change.type === 'remove' || change.entry.type === 'directory') continue
    const entry = findFile(diff, change.entry)
    const before = earlier.find(path)?.entry
    if (entry === undefined || before === undefined || !isAlike(before, entry)) changed.add(path)
    else if (entry.type === 'file' && before.type === 'file' && before.content !== entry.content) {
      if (entry.content instanceof HostFile) alike.set(path, entry.content)
      else changed.add(path)
    }
  }
  if (alike.size > 0) {
    const before = await earlier.digests([...alike.keys()])
    await hashFiles([...alike.values()], {})
    for (const [path, content] of alike) if (content.digest !== before.get(path)) changed.add(path)
  }
  for (const names of linkGroups(diff)) {
    const files = new Set(names.map((name) => earlier.find(name)?.inode))
    if (files.size > 1 || names.some((name) => changed.has(name))) for (const name of names) changed.add(name)
  }
  return changed
}

/** The file that a hard link of a diff leads to; any other entry is itself. */
function findFile(diff: Diff, entry: Entry): Entry | undefined {
  if (entry.type !== 'hardlink') return entry
  const change = diff.get(entry.target)
  return change?.type === 'set' ? change.entry : undefined
}

/** Names of each file that has several in a diff. */
function linkGroups(diff: Diff): Iterable<readonly Path[]> {
  const groups = new Map<Path, Path[]>()
  for (const [path, change] of diff) {
    if (change.type === 'remove' || change.entry.type !== 'hardlink') continue
    const { target } = change.entry
    const names = groups.get(target)
    if (names === undefined) groups.set(target, [target, path])
    else names.push(path)
  }
  return groups.values()
}
