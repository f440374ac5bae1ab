import type { Diff } from './diff.ts'
import type { Entry, EntryOf, Metadata, Path } from './entry.ts'
import { comparePaths } from './path.ts'

type FileEntry = Extract<Entry, { type: 'file' }>

/**
 * Entries to change so that the first path of every group of hard links has the content and the
 * others link to it, as a tar must have it. Links to paths outside the diff stay as they are.
 */
export function orderHardlinks(diff: Diff): ReadonlyMap<Path, Entry> {
  const groups = new Map<Path, Path[]>()
  for (const [path, change] of diff) {
    if (change.type === 'remove' || change.entry.type !== 'hardlink') continue
    const owner = findOwner(diff, change.entry.target)
    if (owner === undefined) continue
    const members = groups.get(owner)
    if (members === undefined) groups.set(owner, [owner, path])
    else members.push(path)
  }
  const changed = new Map<Path, Entry>()
  for (const [owner, members] of groups) {
    const file = fileAt(diff, owner)
    const [first, ...rest] = members.sort(comparePaths)
    if (file === undefined || first === undefined) continue
    changed.set(first, file)
    for (const path of rest) changed.set(path, linkTo(first, file))
  }
  return changed
}

/** A further name of a file, with its metadata. */
export function linkTo(target: Path, file: Metadata): Extract<EntryOf<never>, { type: 'hardlink' }> {
  const { mode, uid, gid, mtime, xattrs } = file
  const metadata = { mode, uid, gid, mtime, type: 'hardlink', target } as const
  return xattrs === undefined ? metadata : { ...metadata, xattrs }
}

/** The path with the content that links to `path` end at, in the diff itself. */
function findOwner(diff: Diff, path: Path): Path | undefined {
  let at = path
  for (let hops = 0; hops < 8; hops += 1) {
    const change = diff.get(at)
    if (change === undefined || change.type === 'remove') return undefined
    if (change.entry.type === 'file') return at
    if (change.entry.type !== 'hardlink') return undefined
    at = change.entry.target
  }
  return undefined
}

function fileAt(diff: Diff, path: Path): FileEntry | undefined {
  const change = diff.get(path)
  return change?.type === 'set' && change.entry.type === 'file' ? change.entry : undefined
}
