import { lutimesSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { decompress } from '@tsbuild/content'
import type { Ledger, Rung } from '@tsbuild/isolate'
import { compressionOf, type Digest } from '@tsbuild/oci'
import {
  comparePaths,
  type Diff,
  diffTrees,
  emptyView,
  type Entry,
  type FileContent,
  HostFile,
  hostPath,
  layeredView,
  materialize,
  parentOf,
  type Path,
  scan,
  type Tree,
  type TreeView,
} from '@tsbuild/tree'
import type { LayerStore } from '../layer/layer-store.ts'
import type { StoredLayer, StoredSnapshot } from './agent-protocol.ts'
import { RootfsError } from './rootfs-error.ts'
import { scannedState } from './earlier-state.ts'
import { ownedTree } from './ledger-owners.ts'
import { normalizeDiff } from './normalize-diff.ts'
import { seededLedger } from './owned-paths.ts'
import { removeForeignXattrs } from './settle-upper.ts'
import type { OpenRootfs, OpenView, RootfsStrategy } from './strategy.ts'
import type { WorkDirectory } from './work-directory.ts'

export interface CloneParts {
  readonly store: LayerStore
  readonly work: WorkDirectory
  readonly ledger: Rung['ledger']
}

/** A copy that nobody uses at the moment, and what is in it. */
interface Clone {
  readonly directory: string
  readonly tree: Tree
  /** Owners that the directory cannot hold. */
  readonly ledger: Ledger | undefined
}

/**
 * Layers copied into one directory, where overlays cannot be mounted. What changed is found by scanning before and after.
 * A copy lives on with its changes and is used again by who goes on from there, as steps of one stage do.
 */
export function cloneStrategy(parts: CloneParts): RootfsStrategy {
  const idle = new Map<string, Clone>()
  return {
    open: async (snapshot) => {
      const { layers } = snapshot
      const key = keyOf(layers)
      const known = idle.get(key)
      idle.delete(key)
      const clone = known ?? (await copyOf(parts, snapshot))
      return new CloneRootfs(clone, {
        layers: () => indexedLayers(parts.store, layers),
        onKeep: (diffId, after) => void idle.set(keyOf([...layers, { diffId }]), after),
      })
    },
    view: async ({ layers }): Promise<OpenView> => {
      const directory = await unpackAll(parts, layers)
      return { directory, [Symbol.asyncDispose]: () => rm(directory, { recursive: true, force: true }) }
    },
  }
}

class CloneRootfs implements OpenRootfs {
  readonly #before: Clone
  readonly #layers: () => Promise<TreeView>
  readonly #onKeep: (diffId: Digest, after: Clone) => void
  #after: Tree = new Map()
  #diff: Diff = new Map()
  #kept = false

  constructor(
    before: Clone,
    { layers, onKeep }: { readonly layers: () => Promise<TreeView>; readonly onKeep: (diffId: Digest, after: Clone) => void },
  ) {
    this.#before = before
    this.#layers = layers
    this.#onKeep = onKeep
  }

  get directory(): string {
    return this.#before.directory
  }

  get ledger(): Ledger | undefined {
    return this.#before.ledger
  }

  async changes(): Promise<Diff> {
    const before = this.#before.tree
    const after = recognize(before, await scanAll(this.#before))
    this.#diff = await normalizeDiff(withParents(diffTrees(before, after), after), scannedState(before, this.#layers))
    this.#after = setDates(this.directory, after, redatedDirectories(after, { before, diff: this.#diff }))
    return this.#diff
  }

  async keep(...[diffId, epoch]: Parameters<OpenRootfs['keep']>): Promise<void> {
    for (const [path, change] of this.#diff)
      if (change.type === 'set') removeForeignXattrs(hostPath(this.directory, path), change.entry.xattrs?.keys() ?? [])
    if (epoch !== undefined) setBack(this.directory, this.#after, epoch)
    const tree = epoch === undefined ? this.#after : await scanAll(this.#before)
    this.#onKeep(diffId, { ...this.#before, tree })
    this.#kept = true
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#kept) await rm(this.directory, { recursive: true, force: true })
  }
}

async function copyOf(parts: CloneParts, { layers, owned }: StoredSnapshot): Promise<Clone> {
  const directory = await unpackAll(parts, layers)
  const ledger = parts.ledger === 'none' ? undefined : seededLedger(directory, owned)
  return { directory, ledger, tree: await scanAll({ directory, ledger }) }
}

/** A new directory with what the layers amount to. */
async function unpackAll({ store, work, ledger }: CloneParts, layers: readonly StoredLayer[]): Promise<string> {
  const directory = work.make('clone')
  try {
    for (const { diffId, blob } of layers) {
      if (!blob) throw new RootfsError('LAYER_GONE', `Layer ${diffId} is not in the store`)
      const tar = decompress(await store.blobs.open(blob), compressionOf(blob.mediaType))
      await materialize(tar, directory, { overlay: 'none', chown: ledger === 'none', opened: ledger === 'all' })
    }
    return directory
  } catch (error) {
    await rm(directory, { recursive: true, force: true })
    throw error
  }
}

/** The layers as one file system, by their indexes; an empty one when a layer has been removed from the store meanwhile. */
async function indexedLayers(store: LayerStore, layers: readonly StoredLayer[]): Promise<TreeView> {
  const diffs = await Promise.all(layers.map(async ({ diffId }) => (await store.load(diffId, diffId))?.diff()))
  return diffs.includes(undefined) ? emptyView : layeredView(diffs.filter((diff) => diff !== undefined))
}

async function scanAll({ directory, ledger }: Omit<Clone, 'tree'>): Promise<Tree> {
  return ownedTree(await scan(directory, { xattrs: true, names: 'keep' }), directory, ledger)
}

/** The scan with the contents that are those of an earlier scan put in their places, so that comparing need not read them. */
function recognize(before: Tree, scanned: Tree): Tree {
  const same = (path: Path, entry: Entry): Entry => {
    const old = before.get(path)
    const isKnown = entry.type === 'file' && old?.type === 'file' && identityOf(old.content) === identityOf(entry.content)
    return isKnown ? { ...entry, content: old.content } : entry
  }
  return new Map([...scanned].map(([path, entry]) => [path, same(path, entry)]))
}

/** Device, inode, size and times of a scanned file; whoever changes its content changes one of them. */
function identityOf(content: FileContent): string {
  if (!(content instanceof HostFile)) throw new TypeError('The content is not of a scanned file')
  return content.stat.toString('latin1')
}

/** The diff with the directories above its changes, as overlays have them, in path order and without the root. */
function withParents(diff: Diff, tree: Tree): Diff {
  const whole = new Map(diff)
  for (const path of diff.keys()) {
    for (let above = parentOf(path); above !== ''; above = parentOf(above)) {
      const entry = tree.get(above)
      if (whole.has(above) || entry === undefined) continue
      whole.set(above, { type: 'set', entry })
    }
  }
  whole.delete('')
  return new Map([...whole].sort(([a], [b]) => comparePaths(a, b)))
}

/** Directories that were redated and are not in the diff, and the time they had. */
function redatedDirectories(after: Tree, { before, diff }: { readonly before: Tree; readonly diff: Diff }): ReadonlyMap<Path, number> {
  const redated = new Map<Path, number>()
  for (const [path, entry] of after) {
    const old = before.get(path)
    if (path !== '' && entry.type === 'directory' && old?.type === 'directory' && entry.mtime !== old.mtime && !diff.has(path))
      redated.set(path, old.mtime)
  }
  return redated
}

/** Gives what is at these paths these times, seconds, on disk and in the tree. */
function setDates(directory: string, tree: Tree, times: ReadonlyMap<Path, number>): Tree {
  const dated = new Map(tree)
  for (const [path, mtime] of times) {
    const entry = tree.get(path)
    if (entry === undefined) continue
    // Names that are not UTF-8 cannot be told to `fs` as text.
    if (path.isWellFormed()) lutimesSync(`${directory}/${path}`, mtime, mtime)
    dated.set(path, { ...entry, mtime })
  }
  return dated
}

function setBack(directory: string, tree: Tree, epoch: number): void {
  for (const [path, entry] of tree) {
    if (entry.mtime > epoch && path.isWellFormed()) lutimesSync(`${directory}/${path}`, epoch, epoch)
  }
}

function keyOf(layers: readonly Pick<StoredLayer, 'diffId'>[]): string {
  return layers.map(({ diffId }) => diffId).join(' ')
}
