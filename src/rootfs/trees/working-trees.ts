import type { Digest } from '@tsbuild/oci'
import type { StoredLayer } from '../protocol/agent-protocol.ts'
import { isWorthwhile, type KeptParts, KeptTrees } from './kept-trees.ts'
import { WorkingTree } from './working-tree.ts'

/**
 * Number of trees that lie idle in a build. More of them are kept in the store, where this build
 * finds them too.
 */
const mostIdle = 4

/**
 * The working trees of one agent. A tree that is given back is used again for what goes on from
 * there, and for other layers on the same base once it has been kept in the store.
 */
export class WorkingTrees {
  readonly #parts: KeptParts
  readonly #kept: KeptTrees
  /** The one longest idle first. */
  readonly #idle: WorkingTree[] = []
  /** While a tree is copied, others wait: it may be the one they go on from. */
  #copying: Promise<unknown> = Promise.resolve()
  #canReflink = true

  constructor(parts: KeptParts) {
    this.#parts = parts
    this.#kept = new KeptTrees(parts)
  }

  /** A tree of these layers for one user. */
  async take(layers: readonly StoredLayer[]): Promise<WorkingTree> {
    this.#parts.diffs.learn(layers)
    const chain = layers.map(({ diffId }) => diffId)
    await this.#copying
    const tree =
      this.#takeIdle(chain) ?? (await this.#kept.take(chain)) ?? (await this.#copyIdle(chain)) ?? (await this.#empty())
    try {
      await tree.become(layers)
      return tree
    } catch (error) {
      tree.remove()
      throw error
    }
  }

  /** Gives back a tree. */
  async give(tree: WorkingTree): Promise<void> {
    this.#idle.push(tree)
    if (this.#idle.length > mostIdle) this.#keepOldest()
  }

  /** Gives back a tree without the changes made to it. */
  async restore(tree: WorkingTree): Promise<void> {
    try {
      await tree.restore()
    } catch {
      // The next user makes a new one.
      return tree.remove()
    }
    await this.give(tree)
  }

  /** Keeps what lies idle in the store. */
  [Symbol.dispose](): void {
    while (this.#idle.length > 0) this.#keepOldest()
  }

  #empty(): Promise<WorkingTree> {
    return WorkingTree.empty(this.#parts.work.reserve('tree'), this.#parts)
  }

  #keepOldest(): void {
    const oldest = this.#idle.shift()
    if (oldest !== undefined) this.#kept.keep(oldest)
  }

  /** The idle tree that has most of these layers and no others. Others will be gone on from. */
  #takeIdle(chain: readonly Digest[]): WorkingTree | undefined {
    const below = this.#idle.filter(
      (tree) => tree.state.chain.length > 0 && tree.sharedWith(chain) === tree.state.chain.length,
    )
    const best = below.toSorted((a, b) => b.state.chain.length - a.state.chain.length)[0]
    if (best === undefined) return undefined
    this.#idle.splice(this.#idle.indexOf(best), 1)
    return best
  }

  /** A copy of the idle tree that has most layers in common, where files can share their blocks. */
  async #copyIdle(chain: readonly Digest[]): Promise<WorkingTree | undefined> {
    const [best] = this.#idle.toSorted((a, b) => b.sharedWith(chain) - a.sharedWith(chain))
    if (!this.#canReflink || best === undefined || best.sharedWith(chain) === 0) return undefined
    const diffs = await Promise.all(best.state.chain.map((diffId) => this.#parts.diffs.get(diffId)))
    const index = this.#idle.indexOf(best)
    // A step may have taken it meanwhile.
    if (index < 0 || !isWorthwhile(diffs, best.sharedWith(chain))) return undefined
    this.#idle.splice(index, 1)
    const copying = best.reflinked(this.#parts.work.reserve('tree')).finally(() => this.#idle.splice(index, 0, best))
    this.#copying = copying.catch(() => undefined)
    const copy = await copying
    this.#canReflink = copy !== undefined
    return copy
  }
}
