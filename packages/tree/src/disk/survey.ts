import type { BigIntStats } from 'node:fs'
import type { Change, Diff } from '../model/diff.ts'
import type { Entry, Path } from '../model/entry.ts'
import { linkTo } from '../model/hardlinks.ts'
import { parentOf } from '../model/path.ts'
import type { Tree } from '../model/tree.ts'
import { FileTable } from './file-table.ts'
import { hostEntry } from './host-entry.ts'
import { hostPath } from './host-path.ts'
import { PathStats } from './path-stats.ts'
import { loadSystemCalls } from './system-calls.ts'
import { walk } from './walk.ts'

/** Earlier entries of a directory, and their stats, by which changes show. */
export interface KnownDirectory {
  readonly tree: Tree
  readonly stats: PathStats
}

export interface Survey {
  /** Present stats of all entries. */
  readonly stats: PathStats
  /**
   * Possible differences from the tree, with present entries and their extended attributes. A
   * socket is a removal. Names of one file are all in it, or all left out. Directories above a
   * change are in it only if they may differ themselves.
   */
  readonly found: Diff
  readonly sockets: readonly Path[]
}

/**
 * Finds changes in a directory. Reads the stat of every file. Reads the rest only if the stat
 * differs or `isChanged` is true. The directory must not be written to meanwhile.
 */
export async function survey(
  directory: string,
  { tree, stats: before }: KnownDirectory,
  isChanged: (stat: BigIntStats) => boolean = () => false,
): Promise<Survey> {
  const files = new FileTable(directory)
  const calls = loadSystemCalls()
  const stats = new PathStats()
  const found = new Map<Path, Change>()
  const sockets: Path[] = []
  const groups = new Map<string, { readonly path: Path; readonly stat: BigIntStats }[]>()
  const read = (path: Path, stat: BigIntStats): Entry | undefined => {
    const entry = hostEntry({ files, path, stat, zeroOwner: false })
    const xattrs = entry && calls?.getXattrs(hostPath(directory, path))
    return entry === undefined || xattrs === undefined || xattrs.size === 0 ? entry : { ...entry, xattrs }
  }
  await walk(directory, (path, stat) => {
    stats.set(path, stat)
    if (stat.nlink > 1n && stat.isFile()) {
      const inode = `${stat.dev}:${stat.ino}`
      const group = groups.get(inode)
      if (group === undefined) groups.set(inode, [{ path, stat }])
      else group.push({ path, stat })
    }
    if (before.matches(path, stat) && tree.has(path) && !isChanged(stat)) return
    const entry = read(path, stat)
    if (entry !== undefined) found.set(path, { type: 'set', entry })
    else {
      sockets.push(path)
      if (tree.has(path)) found.set(path, { type: 'remove' })
    }
  })
  for (const group of groups.values()) {
    const [first, ...rest] = group
    if (first === undefined || rest.length === 0 || !group.some(({ path }) => found.has(path))) continue
    const entry = read(first.path, first.stat)
    if (entry === undefined) continue
    found.set(first.path, { type: 'set', entry })
    for (const { path } of rest) found.set(path, { type: 'set', entry: linkTo(first.path, entry) })
  }
  for (const path of missing(tree, stats, found)) found.set(path, { type: 'remove' })
  return { stats, found, sockets }
}

/** Paths that are gone from directories that are still there. */
function missing(tree: Tree, stats: PathStats, found: Diff): readonly Path[] {
  const isDirectory = (path: Path): boolean => {
    const change = found.get(path)
    return stats.has(path) && (change === undefined || (change.type === 'set' && change.entry.type === 'directory'))
  }
  return [...tree.keys()].filter((path) => !stats.has(path) && isDirectory(parentOf(path)))
}
