import { type Change, type Diff, type Entry, hashFiles, HostFile, isAlike, linkTo, type Path } from '@tsbuild/tree'
import type { EarlierState } from './earlier-state.ts'

type FileEntry = Extract<Entry, { type: 'file' }>

/** Place of the modification time in a stat, and of its end. */
const [timeFrom, timeTo] = [24, 32]

/**
 * The diff of an overlay with hard links as they were. An overlay makes a separate file of each
 * name that is written to. If names of one file were changed in the same way, as by `chown -R`,
 * they become names of one file again.
 */
export async function joinLinks(diff: Diff, earlier: EarlierState): Promise<Diff> {
  const joined = new Map<Path, Change>(diff)
  for (const names of brokenGroups(diff, earlier)) {
    const contents = names
      .flatMap((name) => fileAt(diff, name)?.content ?? [])
      .filter((content) => content instanceof HostFile)
    await hashFiles(contents, {})
    const [first, ...rest] = names
    const file = first === undefined ? undefined : fileAt(diff, first)
    if (first === undefined || file === undefined) continue
    for (const name of rest) {
      const other = fileAt(diff, name)
      if (other !== undefined && isSameFile(file, other)) joined.set(name, { type: 'set', entry: linkTo(first, file) })
    }
  }
  return joined
}

/** Names in a diff that were names of one file before and are separate files now. */
function brokenGroups(diff: Diff, earlier: EarlierState): Iterable<readonly Path[]> {
  const linked = new Set<Path>()
  for (const change of diff.values())
    if (change.type === 'set' && change.entry.type === 'hardlink') linked.add(change.entry.target)
  const groups = new Map<string, Path[]>()
  for (const path of diff.keys()) {
    const before = fileAt(diff, path) && !linked.has(path) ? earlier.find(path) : undefined
    if (before?.entry.type !== 'file' || before.links < 2) continue
    const names = groups.get(before.inode)
    if (names === undefined) groups.set(before.inode, [path])
    else names.push(path)
  }
  return groups.values().filter((names) => names.length > 1)
}

function fileAt(diff: Diff, path: Path): FileEntry | undefined {
  const change = diff.get(path)
  return change?.type === 'set' && change.entry.type === 'file' ? change.entry : undefined
}

/**
 * True for files that agree in everything, to the nanosecond: a change of only owner or mode leaves
 * the time alone.
 */
function isSameFile(one: FileEntry, other: FileEntry): boolean {
  const [a, b] = [one.content, other.content]
  if (!(a instanceof HostFile && b instanceof HostFile) || !isAlike(one, other) || a.digest !== b.digest) return false
  return a.stat.subarray(timeFrom, timeTo).equals(b.stat.subarray(timeFrom, timeTo))
}
