import { createHash } from 'node:crypto'
import { temporaryPath } from '@tsbuild/content'
import type { Digest } from '@tsbuild/oci'
import {
  diffOfTree,
  type Entry,
  type Filter,
  listingDigest,
  readKnownListing,
  type Path,
  resolvePath,
  scan,
  StatCache,
  type Tree,
  TreeError,
  TreeFingerprint,
  type TreeView,
  viewOf,
  walk,
  writeKnownListing,
} from '@tsbuild/tree'
import type { LocalOp } from '../graph/op.ts'
import type { LayerStore } from '../layer/layer-store.ts'
import type { OpExecutor } from '../solve/executor.ts'
import { keyOf } from '../solve/key.ts'
import { once } from '../solve/once.ts'
import { emptiedSources, emptySource } from './empty-source.ts'
import { type WantedPaths, wantedPaths } from './wanted-paths.ts'

/** A directory of the caller, without the files that its ignore file excludes. */
export interface LocalContext {
  readonly directory: string
  ignores(path: Path): boolean
  /** False if no path below an ignored directory can be re-included. */
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
  const listings = new Map<string, Promise<Digest>>()
  const nameOf = ({ context, include }: LocalOp): string => JSON.stringify([context, include])
  const find = (op: LocalOp): ContextSource => {
    const context = contexts.get(op.context)
    if (context === undefined) throw new Error(`no directory is given for context "${op.context}"`)
    return context
  }
  const read = (op: LocalOp, signal: AbortSignal): Promise<Tree> =>
    once(trees, nameOf(op), async () => {
      const context = find(op)
      return 'view' in context ? readTree(context.view) : readContext(context, op.include, { store, signal })
    })
  const list = (op: LocalOp, signal: AbortSignal): Promise<Digest> =>
    once(listings, nameOf(op), async () => {
      const context = find(op)
      const known = 'view' in context ? undefined : await recallListing(context, op.include, { store, signal })
      return known ?? listingDigest(await read(op, signal))
    })
  return {
    uncached: true,
    key: async (op, { signal }) => keyOf('local', await list(op, signal)),
    run: async (op, _inputs, { signal, report }) => {
      const [tree, known] = [await read(op, signal), await listings.get(nameOf(op))]
      // A known listing may be that of a moment before the tree was read.
      if (known !== undefined && known !== listingDigest(tree)) throw changedError(op)
      const context = contexts.get(op.context)
      if (context !== undefined && 'directory' in context)
        for (const path of emptiedSources(context.directory, tree, op.include ?? ['', ...(op.named ?? [])]))
          await report({ type: 'warning', ...emptySource(path, 'the ignore file') })
      return [store.fromDiff(diffOfTree(tree), { type: 'none' })]
    },
  }
}

function changedError({ context }: LocalOp): TreeError {
  return new TreeError('FILE_CHANGED', `context "${context}" changed while it was being used`, {
    hint: `stop the program that writes to it, or ${remedy}`,
  })
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

interface Reading {
  readonly store: LayerStore
  readonly signal: AbortSignal
}

/** Scans the paths of `include`, and the targets of symlinks on these paths. */
async function readContext(
  context: LocalContext,
  include: LocalOp['include'],
  { store, signal }: Reading,
): Promise<Tree> {
  const followed: Path[] = []
  for (;;) {
    const statCache = StatCache.open(store.paths.statCache(idOf(context.directory)))
    const fingerprint = new TreeFingerprint()
    const wanted = wantedPaths(include && [...include, ...followed])
    const options = {
      statCache,
      fingerprint,
      signal,
      zeroOwners: true,
      digests: true,
      xattrs: 'capabilities',
      sockets: 'empty',
      remedy,
    } as const
    const tree = await scan(context.directory, { ...options, include: selector(context, wanted) })
    statCache.save(temporaryPath(store.paths.temporary))
    const more = include === undefined ? [] : linkTargets(tree, wanted)
    if (more.length > 0) {
      followed.push(...more)
      continue
    }
    if (fingerprint.isSettled) {
      const known = { fingerprint: fingerprint.digest(), listing: listingDigest(tree), followed }
      writeKnownListing(store.paths.statCache(listingId(context, include)), known, temporaryPath(store.paths.temporary))
    }
    return tree
  }
}

/**
 * Digest of the listing that `readContext` would give, if no name or stat changed since the last
 * time. They are compared as one digest, without making entries.
 */
async function recallListing(
  context: LocalContext,
  include: LocalOp['include'],
  { store, signal }: Reading,
): Promise<Digest | undefined> {
  const known = readKnownListing(store.paths.statCache(listingId(context, include)))
  if (known === undefined) return undefined
  const fingerprint = new TreeFingerprint()
  const wanted = wantedPaths(include && [...include, ...known.followed])
  const visit = fingerprint.add.bind(fingerprint)
  await walk(context.directory, visit, { signal, remedy, include: selector(context, wanted) })
  return fingerprint.digest() === known.fingerprint ? known.listing : undefined
}

function listingId({ directory }: LocalContext, include: LocalOp['include']): string {
  return idOf(JSON.stringify([directory, include ?? null]))
}

function idOf(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 32)
}

/** Targets of the symlinks on the way to the wanted paths that no wanted path covers yet. */
function linkTargets(tree: Tree, wanted: WantedPaths): readonly Path[] {
  const view = viewOf(tree)
  const links = [...tree].filter(([path, entry]) => entry.type === 'symlink' && wanted.leadsTo(path))
  const targets = links.map(([path]) => resolvePath(view, path))
  return [...new Set(targets)].filter((path) => !wanted.covers(path))
}

/**
 * Directories on the way are taken for their metadata. An ignored one is taken only if an entry
 * below it is.
 */
function selector({ ignores, mayContain }: LocalContext, wanted: WantedPaths): Filter {
  return (path, isDirectory) => {
    if (!wanted.covers(path) && !wanted.leadsTo(path)) return 'skip'
    if (!ignores(path)) return 'take'
    return isDirectory && mayContain(path) ? 'descend' : 'skip'
  }
}
