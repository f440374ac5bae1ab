import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { decompress } from '@tsbuild/content'
import { compressionOf, type Digest } from '@tsbuild/oci'
import type { Rung } from '@tsbuild/isolate'
import {
  applyDiff,
  type Diff,
  diffTrees,
  hostPath,
  isLayerXattr,
  laterChange,
  loadSystemCalls,
  materialize,
  packDiff,
  PathStats,
  reflinkDirectory,
  survey,
  type Tree,
} from '@tsbuild/tree'
import type { LayerStore } from '../../layer/layer-store.ts'
import type { StoredLayer } from '../protocol/agent-protocol.ts'
import { deviceXattr } from '../layers/device-xattr.ts'
import type { LayerDiffs } from '../layers/layer-diffs.ts'
import { RootfsError } from '../protocol/rootfs-error.ts'
import { wayBack } from './way-back.ts'

export interface TreeParts {
  readonly store: LayerStore
  readonly diffs: LayerDiffs
  readonly ledger: Rung['ledger']
}

/** Layers of a tree, what they amount to, and the stats that its files had when they were that. */
export interface TreeState {
  readonly chain: readonly Digest[]
  readonly tree: Tree
  readonly stats: PathStats
}

/**
 * A directory with what a chain of layers amounts to, for processes to work in. It goes on from
 * layer to layer, and back to earlier ones: what a process changed shows in the stats of files, and
 * what it was the layers know.
 */
export class WorkingTree {
  /** A directory of its own, with the tree in it. */
  readonly place: string
  readonly #parts: TreeParts
  #state: TreeState
  /** False while what is on disk may be something else than the layers. */
  #isSettled: boolean

  /** A tree whose files may have been changed. */
  constructor(place: string, parts: TreeParts, state: TreeState) {
    this.place = place
    this.#parts = parts
    this.#state = state
    this.#isSettled = false
  }

  /** A tree of no layers in a new directory. */
  static async empty(place: string, parts: TreeParts): Promise<WorkingTree> {
    mkdirSync(join(place, 'root'), { recursive: true, mode: 0o755 })
    const made = new WorkingTree(place, parts, {
      chain: [],
      tree: applyDiff(new Map(), new Map()),
      stats: new PathStats(),
    })
    made.#settle({ ...made.#state, stats: await PathStats.of(made.root) })
    return made
  }

  /**
   * A copy that shares its blocks with this tree; undefined where the file system cannot do that.
   */
  async reflinked(place: string): Promise<WorkingTree | undefined> {
    await this.restore()
    const copy = new WorkingTree(place, this.#parts, this.#state)
    mkdirSync(place)
    if (!(await reflinkDirectory(this.root, copy.root, { chown: this.#parts.ledger === 'none' }))) {
      copy.remove()
      return undefined
    }
    copy.#settle({ ...this.#state, stats: await PathStats.of(copy.root) })
    return copy
  }

  get root(): string {
    return join(this.place, 'root')
  }

  get state(): TreeState {
    return this.#state
  }

  /** Number of layers, counted from the first, that it has in common with others. */
  sharedWith(layers: readonly Digest[]): number {
    return sharedLayers(this.#state.chain, layers)
  }

  /** Makes it what these layers amount to. Only differences are written. */
  async become(layers: readonly StoredLayer[]): Promise<void> {
    const shared = this.sharedWith(layers.map(({ diffId }) => diffId))
    await this.#goBack(shared)
    if (shared === layers.length) return
    let { tree } = this.#state
    for (const { diffId, blob } of layers.slice(shared)) {
      if (!blob) throw new RootfsError('LAYER_GONE', `layer ${diffId} is not in the store`)
      this.#isSettled = false
      await this.#write(decompress(await this.#parts.store.blobs.open(blob), compressionOf(blob.mediaType)))
      tree = applyDiff(tree, await this.#parts.diffs.get(diffId))
    }
    this.#settle({ chain: layers.map(({ diffId }) => diffId), tree, stats: await PathStats.of(this.root) })
  }

  /** Takes back what changed in it. */
  async restore(): Promise<void> {
    await this.#goBack(this.#state.chain.length)
  }

  /** To be called before something changes it: later changes will show. */
  async expectChanges(): Promise<void> {
    this.#isSettled = false
    await laterChange(join(this.place, 'probe'), this.#state.stats.newest)
  }

  /** Takes what it is now for the layers with `diffId` on top. */
  async advance(diffId: Digest, stats: PathStats): Promise<void> {
    const { chain, tree } = this.#state
    this.#settle({ chain: [...chain, diffId], tree: applyDiff(tree, await this.#parts.diffs.get(diffId)), stats })
  }

  remove(): void {
    rmSync(this.place, { recursive: true, force: true })
  }

  /** Takes back what changed in it, and all layers but the first `count`. */
  async #goBack(count: number): Promise<void> {
    const { tree, chain } = this.#state
    const isBack = count === chain.length
    if (this.#isSettled && isBack) return
    const target = isBack ? tree : await this.#treeOf(chain.slice(0, count))
    const { found, stats } = this.#isSettled
      ? { found: new Map(), stats: this.#state.stats }
      : await survey(this.root, this.#state)
    const diff = wayBack(isBack ? found : new Map([...diffTrees(target, tree), ...found]), target)
    if (diff.size > 0) {
      this.#isSettled = false
      this.#clearAttributes(diff)
      await this.#write(packDiff(diff, () => {}))
      stats.refresh(this.root, diff.keys())
    }
    this.#settle({ chain: chain.slice(0, count), tree: target, stats })
  }

  async #treeOf(chain: readonly Digest[]): Promise<Tree> {
    const diffs = await Promise.all(chain.map((diffId) => this.#parts.diffs.get(diffId)))
    return diffs.reduce<Tree>(applyDiff, new Map())
  }

  async #write(tar: AsyncIterable<Uint8Array>): Promise<void> {
    const { ledger } = this.#parts
    const chown = ledger === 'none'
    const options = { overlay: 'none', chown, opened: ledger === 'all', ...(chown && { deviceXattr }) } as const
    await materialize(tar, this.root, options)
  }

  /**
   * Directories stay where they are, and unpacking leaves the attributes of others to them where
   * owners are not real.
   */
  #clearAttributes(diff: Diff): void {
    if (this.#parts.ledger === 'none') return
    const calls = loadSystemCalls()
    for (const [path, change] of diff) {
      if (change.type === 'remove' || change.entry.type !== 'directory') continue
      const host = hostPath(this.root, path)
      try {
        for (const name of calls?.getXattrs(host).keys() ?? []) if (isLayerXattr(name)) calls?.removeXattr(host, name)
      } catch {
        // A missing directory will be made, without attributes.
      }
    }
  }

  #settle(state: TreeState): void {
    this.#state = state
    this.#isSettled = true
  }
}

/** Number of layers, counted from the first, that two chains have in common. */
export function sharedLayers(one: readonly Digest[], other: readonly Digest[]): number {
  const differing = one.findIndex((diffId, index) => diffId !== other[index])
  return differing < 0 ? one.length : differing
}
