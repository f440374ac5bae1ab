import { createHash } from 'node:crypto'
import { temporaryPath } from '@tsbuild/content'
import {
  diffOfTree,
  type Entry,
  type Filter,
  listingDigest,
  type Path,
  resolvePath,
  scan,
  StatCache,
  type Tree,
  type TreeView,
  viewOf,
} from '@tsbuild/tree'
import type { LocalOp } from '../graph/op.ts'
import type { LayerStore } from '../layer/layer-store.ts'
import type { OpExecutor } from '../solve/executor.ts'
import { keyOf } from '../solve/key.ts'
import { once } from '../solve/once.ts'
import { emptiedSources, emptySource } from './empty-source.ts'
import { type WantedPaths, wantedPaths } from './wanted-paths.ts'

/** A directory of the caller and what its ignore file leaves of it. */
export interface LocalContext {
  readonly directory: string
  ignores(path: Path): boolean
  /** False when nothing below an ignored directory can be re-included. */
  mayContain(directory: Path): boolean
}

/**
 * Content of a context: a directory, whose files belong to root, or files from elsewhere, whose
 * owners count.
 */
export type ContextSource = LocalContext | { readonly view: TreeView }

const remedy = 'exclude it in .dockerignore'

/**
 * A context directory: read where it lies, only as far as the build selects from it, and never
 * copied.
 */
export function localExecutor(store: LayerStore, contexts: ReadonlyMap<string, ContextSource>): OpExecutor<LocalOp> {
  const trees = new Map<string, Promise<Tree>>()
  const read = (op: LocalOp, signal: AbortSignal): Promise<Tree> =>
    once(trees, JSON.stringify([op.context, op.include]), async () => {
      const context = contexts.get(op.context)
      if (context === undefined) throw new Error(`no directory is given for context "${op.context}"`)
      return 'view' in context ? readTree(context.view) : readContext(context, op.include, { store, signal })
    })
  return {
    uncached: true,
    key: async (op, { signal }) => keyOf('local', listingDigest(await read(op, signal))),
    run: async (op, _inputs, { signal, report }) => {
      const tree = await read(op, signal)
      const context = contexts.get(op.context)
      if (context !== undefined && 'directory' in context)
        for (const path of emptiedSources(context.directory, tree, op.include ?? ['', ...(op.named ?? [])]))
          await report({ type: 'warning', ...emptySource(path, 'the ignore file') })
      return [store.fromDiff(diffOfTree(tree), { type: 'none' })]
    },
  }
}

/** Everything in a view. */
function readTree(view: TreeView): Tree {
  const tree = new Map<Path, Entry>()
  const visit = (path: Path): void => {
    const entry = view.get(path)
    if (entry === undefined) return
    tree.set(path, entry)
    for (const name of view.children(path)) visit(path === '' ? name : `${path}/${name}`)
  }
  visit('')
  return tree
}

/** Scans what `include` names; where that passes through symlinks, also what they lead to. */
async function readContext(
  context: LocalContext,
  include: LocalOp['include'],
  { store, signal }: { readonly store: LayerStore; readonly signal: AbortSignal },
): Promise<Tree> {
  const id = createHash('sha256').update(context.directory).digest('hex').slice(0, 32)
  for (let patterns = include; ; ) {
    const statCache = StatCache.open(store.paths.statCache(id))
    const wanted = wantedPaths(patterns)
    const options = {
      statCache,
      signal,
      zeroOwners: true,
      digests: true,
      xattrs: 'capabilities',
      sockets: 'empty',
      remedy,
    } as const
    const tree = await scan(context.directory, { ...options, include: selector(context, wanted) })
    statCache.save(temporaryPath(store.paths.temporary))
    const more = patterns === undefined ? [] : linkTargets(tree, wanted)
    if (patterns === undefined || more.length === 0) return tree
    patterns = [...patterns, ...more]
  }
}

/** Targets of the symlinks on the way to the wanted paths that no wanted path covers yet. */
function linkTargets(tree: Tree, wanted: WantedPaths): readonly Path[] {
  const view = viewOf(tree)
  const links = [...tree].filter(([path, entry]) => entry.type === 'symlink' && wanted.leadsTo(path))
  const targets = links.map(([path]) => resolvePath(view, path))
  return [...new Set(targets)].filter((path) => !wanted.covers(path))
}

/**
 * Directories on the way are taken for their metadata; an ignored one only when something below it
 * is taken.
 */
function selector({ ignores, mayContain }: LocalContext, wanted: WantedPaths): Filter {
  return (path, isDirectory) => {
    if (!wanted.covers(path) && !wanted.leadsTo(path)) return 'skip'
    if (!ignores(path)) return 'take'
    return isDirectory && mayContain(path) ? 'descend' : 'skip'
  }
}
