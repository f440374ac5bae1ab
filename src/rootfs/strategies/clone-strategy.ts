import { lutimesSync, rmSync } from 'node:fs'
import type { Ledger, LedgerRow, Libc } from '@tsbuild/isolate'
import {
  comparePaths,
  type Diff,
  hostPath,
  parentOf,
  type Path,
  PathStats,
  type Survey,
  survey,
  type Tree,
} from '@tsbuild/tree'
import { treeState } from '../changes/earlier-state.ts'
import type { KeptParts } from '../trees/kept-trees.ts'
import { changedOwners, ownedDiff } from '../changes/ledger-owners.ts'
import { normalizeDiff } from '../changes/normalize-diff.ts'
import { seededLedger } from '../protocol/owned-paths.ts'
import { keepingTimes, removeForeignXattrs } from '../changes/settle-upper.ts'
import { diffWithDevices } from '../changes/shown-devices.ts'
import type { OpenRootfs, OpenView, RootfsStrategy } from './strategy.ts'
import type { WorkingTree } from '../trees/working-tree.ts'
import { WorkingTrees } from '../trees/working-trees.ts'

export interface CloneParts extends KeptParts {
  readonly libc: Libc
}

/**
 * Layers unpacked into one directory, where overlays cannot be mounted. Steps go on in the same
 * directory, in this build and in the next ones; the stats of its files tell what changed.
 */
export function cloneStrategy(parts: CloneParts): RootfsStrategy {
  const trees = new WorkingTrees(parts)
  return {
    open: async ({ layers, owned }) => {
      const tree = await trees.take(layers)
      const ledger = parts.ledger === 'none' ? undefined : seededLedger(tree.root, owned)
      await tree.expectChanges()
      return new CloneRootfs(tree, { ledger, libc: parts.libc, trees })
    },
    view: async ({ layers }, { writable }): Promise<OpenView> => {
      const tree = await trees.take(layers)
      await tree.expectChanges()
      return { directory: tree.root, [Symbol.asyncDispose]: () => (writable ? trees.restore(tree) : trees.give(tree)) }
    },
    [Symbol.dispose]: () => trees[Symbol.dispose](),
  }
}

interface CloneOptions {
  readonly ledger: Ledger | undefined
  readonly libc: Libc
  readonly trees: WorkingTrees
}

class CloneRootfs implements OpenRootfs {
  readonly ledger: Ledger | undefined
  readonly #tree: WorkingTree
  readonly #options: CloneOptions
  readonly #seeded: readonly LedgerRow[]
  #survey: Survey = { stats: new PathStats(), found: new Map(), sockets: [] }
  #diff: Diff = new Map()
  #kept = false

  constructor(tree: WorkingTree, options: CloneOptions) {
    this.#tree = tree
    this.#options = options
    this.ledger = options.ledger
    this.#seeded = [...(options.ledger?.rows() ?? [])]
  }

  get directory(): string {
    return this.#tree.root
  }

  async changes(): Promise<Diff> {
    const { state } = this.#tree
    this.#survey = await survey(this.directory, state, changedOwners(this.#seeded, this.ledger?.rows() ?? []))
    const { found, stats } = this.#survey
    const owned = ownedDiff(diffWithDevices(found), this.ledger, (path) => stats.inode(path))
    this.#diff = await normalizeDiff(withParents(owned, state.tree), treeState(state.tree))
    return this.#diff
  }

  async keep(...[diffId, epoch]: Parameters<OpenRootfs['keep']>): Promise<void> {
    this.#settle(epoch)
    const { found, stats } = this.#survey
    stats.refresh(this.directory, found.keys())
    await this.#tree.advance(diffId, stats)
    this.#kept = true
    await this.#options.trees.give(this.#tree)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#kept) await this.#options.trees.restore(this.#tree)
  }

  /** Makes the directory equal to its layer. */
  #settle(epoch: number | undefined): void {
    const { libc } = this.#options
    const { found, sockets } = this.#survey
    for (const path of sockets) {
      const parent = hostPath(this.directory, parentOf(path))
      keepingTimes(parent, libc, () => rmSync(hostPath(this.directory, path), { force: true }))
    }
    for (const [path, change] of this.#diff) {
      if (change.type === 'remove' || !found.has(path)) continue
      const host = hostPath(this.directory, path)
      removeForeignXattrs(host, change.entry.xattrs?.keys() ?? [])
      if (epoch !== undefined && change.entry.mtime > epoch) lutimesSync(host, epoch, epoch)
    }
    // Directories of which only the time changed, as something came and went in them.
    for (const path of found.keys()) {
      const before = this.#tree.state.tree.get(path)
      if (path === '' || this.#diff.has(path) || before?.type !== 'directory') continue
      const time = BigInt(before.mtime) * 1_000_000_000n
      libc.setTimes(hostPath(this.directory, path), { atimeNs: time, mtimeNs: time })
    }
  }
}

/**
 * The diff with the directories above its changes, as overlays have them, in path order and without
 * the root.
 */
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
  return new Map([...whole].sort(([a], [b]: readonly [Path, unknown]) => comparePaths(a, b)))
}
