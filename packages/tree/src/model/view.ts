import type { Diff } from './diff.ts'
import { listDirectories } from './directories.ts'
import type { Entry, Path } from './entry.ts'
import { hidesBelow, isHiddenBy } from './hidden-paths.ts'
import { comparePaths } from './path.ts'
import type { Tree } from './tree.ts'

/**
 * Read access to a file system that need not exist as one map: look-ups go through the layers.
 * Nothing here follows symlinks; `resolvePath` does.
 */
export interface TreeView {
  /** The entry at `path`; the root always exists. */
  get(path: Path): Entry | undefined
  /** Names in a directory, in byte order; empty when `path` is not a directory. */
  children(path: Path): readonly string[]
}

/** Metadata of a directory that is known only from its contents. */
export const impliedDirectory: Extract<Entry, { type: 'directory' }> = {
  type: 'directory',
  mode: 0o755,
  uid: 0,
  gid: 0,
  mtime: 0,
}

/** A file system with nothing but its root. */
export const emptyView: TreeView = {
  get: (path) => (path === '' ? impliedDirectory : undefined),
  children: () => [],
}

/** A complete tree as a view; directories it lacks but has entries in are 0755, owned by root. */
export function viewOf(tree: Tree): TreeView {
  const get = (path: Path): Entry | undefined =>
    tree.get(path) ?? (path === '' || listDirectories(tree).has(path) ? impliedDirectory : undefined)
  return { get, children: (path) => (get(path)?.type === 'directory' ? (listDirectories(tree).get(path) ?? []) : []) }
}

/**
 * View of layers, oldest first, without merging them: whiteouts, opaque and replaced directories
 * count. A hard link whose target a later layer replaced is the file it linked to.
 */
export function layeredView(diffs: readonly Diff[]): TreeView {
  const get = (path: Path): Entry | undefined => {
    const found = lookUp(diffs, diffs.length, path)
    if (found === undefined) return undefined
    const { entry, layer } = found
    if (entry.type !== 'hardlink') return entry
    const linked = lookUp(diffs, layer + 1, entry.target)?.entry
    return linked === undefined ||
      linked.type === 'hardlink' ||
      linked === lookUp(diffs, diffs.length, entry.target)?.entry
      ? entry
      : linked
  }
  const children = (path: Path): readonly string[] => (get(path)?.type === 'directory' ? namesIn(diffs, path) : [])
  return { get, children }
}

/** Follows a hard link to the entry that has the content; `undefined` when it leads nowhere. */
export function resolveHardlink(view: TreeView, entry: Entry): Entry | undefined {
  let found: Entry | undefined = entry
  for (let hops = 0; found?.type === 'hardlink'; hops += 1) found = hops < 8 ? view.get(found.target) : undefined
  return found
}

/** The entry the lowest `count` layers have at `path`, and the layer it comes from. */
function lookUp(
  diffs: readonly Diff[],
  count: number,
  path: Path,
): { readonly entry: Entry; readonly layer: number } | undefined {
  let implied: { readonly entry: Entry; readonly layer: number } | undefined
  for (let layer = count - 1; layer >= 0; layer -= 1) {
    const diff = diffs[layer]
    const change = diff?.get(path)
    if (diff === undefined || change?.type === 'remove') return implied
    if (change !== undefined)
      return implied === undefined || change.entry.type === 'directory' ? { entry: change.entry, layer } : implied
    if (implied === undefined && listDirectories(diff).has(path)) implied = { entry: impliedDirectory, layer }
    if (isHiddenBy(diff, path)) return implied
  }
  return implied ?? (path === '' ? { entry: impliedDirectory, layer: 0 } : undefined)
}

function namesIn(diffs: readonly Diff[], path: Path): readonly string[] {
  const isPresent = new Map<string, boolean>()
  for (const diff of diffs.toReversed()) {
    for (const name of listDirectories(diff).get(path) ?? []) {
      if (!isPresent.has(name)) isPresent.set(name, diff.get(path === '' ? name : `${path}/${name}`)?.type !== 'remove')
    }
    if (hidesBelow(diff.get(path)) || isHiddenBy(diff, path)) break
  }
  const names = [...isPresent].filter(([, present]) => present).map(([name]) => name)
  return names.sort(comparePaths)
}
