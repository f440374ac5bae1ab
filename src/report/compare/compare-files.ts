import { type Entry, hasSameXattrs, resolveHardlink, type Tree, viewOf } from '@tsbuild/tree'
import type { ChangedAspect, ComparedEntry, FileChange } from '../model/comparison.ts'

/** Differing paths in path order. Times of modification count with `times`. */
export function* compareFiles(before: Tree, after: Tree, times: boolean): Generator<FileChange> {
  const [old, now] = [linkFollower(before), linkFollower(after)]
  for (const [path, one] of mergedPaths(before, after)) {
    if (one.before === undefined && one.after !== undefined)
      yield { path, change: 'added', aspects: [], after: describe(one.after) }
    else if (one.after === undefined && one.before !== undefined)
      yield { path, change: 'removed', aspects: [], before: describe(one.before) }
    else if (one.before !== undefined && one.after !== undefined) {
      const [left, right] = [old(one.before), now(one.after)]
      const aspects = listAspects(left, right, times)
      if (aspects.length > 0) yield { path, change: 'changed', aspects, before: describe(left), after: describe(right) }
    }
  }
}

interface Sides {
  readonly before?: Entry
  readonly after?: Entry
}

/** Both trees are in path order. */
function* mergedPaths(before: Tree, after: Tree): Generator<readonly [string, Sides]> {
  for (const [path, entry] of after) {
    const old = before.get(path)
    yield [path, { after: entry, ...(old !== undefined && { before: old }) }]
  }
  for (const [path, entry] of before) if (!after.has(path)) yield [path, { before: entry }]
}

/** Names of one file are equal, whichever of them the tar has as the link. */
function linkFollower(tree: Tree): (entry: Entry) => Entry {
  const view = viewOf(tree)
  return (entry) => (entry.type === 'hardlink' ? (resolveHardlink(view, entry) ?? entry) : entry)
}

function listAspects(a: Entry, b: Entry, times: boolean): readonly ChangedAspect[] {
  const differs: readonly (readonly [ChangedAspect, boolean])[] = [
    ['type', a.type !== b.type],
    ['content', a.type === 'file' && b.type === 'file' && a.content.digest !== b.content.digest],
    ['target', isLink(a) && isLink(b) && a.target !== b.target],
    ['device', isDevice(a) && isDevice(b) && deviceOf(a) !== deviceOf(b)],
    ['mode', a.mode !== b.mode],
    ['owner', a.uid !== b.uid || a.gid !== b.gid],
    ['attributes', !hasSameXattrs(a, b)],
    ['time', times && a.mtime !== b.mtime],
  ]
  return differs.filter(([, isSo]) => isSo).map(([aspect]) => aspect)
}

function isLink(entry: Entry): entry is Extract<Entry, { readonly target: string }> {
  return entry.type === 'symlink' || entry.type === 'hardlink'
}

function isDevice(entry: Entry): entry is Extract<Entry, { readonly type: 'device' }> {
  return entry.type === 'device'
}

function deviceOf({ kind, major, minor }: Extract<Entry, { readonly type: 'device' }>): string {
  return `${kind} ${major}:${minor}`
}

function describe(entry: Entry): ComparedEntry {
  const { type, mode, uid, gid, mtime } = entry
  return {
    type,
    mode,
    uid,
    gid,
    mtime,
    ...(entry.type === 'file' && {
      size: entry.content.size,
      ...(entry.content.digest !== undefined && { digest: entry.content.digest }),
    }),
    ...(isLink(entry) && { target: entry.target }),
  }
}
