import { randomBytes } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Digest, isDigest } from '@tsbuild/oci'
import { applyDiff, type Diff, PathStats, sortedPaths, type Tree } from '@tsbuild/tree'
import { sharedLayers, type TreeParts, WorkingTree } from './working-tree.ts'
import type { WorkDirectory } from '../layers/work-directory.ts'

export interface KeptParts extends TreeParts {
  /** Directory of the kept trees, on the file system of the work directory. */
  readonly directory: string
  readonly work: WorkDirectory
  /** Owners of the files on disk. */
  readonly owners: string
  /** Start of the machine. */
  readonly boot: string | undefined
}

/** Names of the files beside a kept tree. */
const [stateFile, statsFile] = ['state.json', 'stats']

interface KeptState {
  readonly boot: string
  readonly chain: readonly Digest[]
}

/**
 * Unused working trees in the store, for the next build to go on with. A build takes a tree by
 * renaming it, which succeeds for one of several builds, and keeps it in the same way.
 */
export class KeptTrees {
  readonly #parts: KeptParts

  constructor(parts: KeptParts) {
    this.#parts = parts
  }

  /**
   * The kept tree that has most in common with these layers; undefined when making a new one is
   * less work.
   */
  async take(layers: readonly Digest[]): Promise<WorkingTree | undefined> {
    const { diffs, work } = this.#parts
    const shared = (chain: readonly Digest[]): number => sharedLayers(chain, layers)
    const candidates = this.#list().filter(({ chain }) => shared(chain) > 0)
    candidates.sort((a, b) => shared(b.chain) - shared(a.chain) || a.chain.length - b.chain.length)
    for (const { name, chain } of candidates) {
      const known = await Promise.all(chain.map((diffId) => diffs.find(diffId)))
      const found = known.filter((diff) => diff !== undefined)
      if (found.length < chain.length || !isWorthwhile(found, shared(chain))) continue
      const place = work.reserve('tree')
      if (!tryRename(join(this.#parts.directory, name), place)) continue
      const packed = readIfExists(join(place, statsFile))
      if (packed === undefined) {
        // A removal of the tree was interrupted: other files may be missing too.
        rmSync(place, { recursive: true, force: true })
        continue
      }
      const tree = found.reduce<Tree>(applyDiff, new Map())
      const stats = PathStats.unpack(sortedPaths(tree), packed)
      for (const file of [stateFile, statsFile]) rmSync(join(place, file))
      return new WorkingTree(place, this.#parts, { chain, tree, stats })
    }
    return undefined
  }

  /** Gives a tree a place in the store, where others find it. */
  keep(kept: WorkingTree): void {
    const { chain, tree, stats } = kept.state
    const { boot } = this.#parts
    if (boot === undefined || chain.length === 0) return kept.remove()
    const state: KeptState = { boot, chain }
    writeFileSync(join(kept.place, statsFile), stats.pack(sortedPaths(tree)))
    writeFileSync(join(kept.place, stateFile), JSON.stringify(state))
    mkdirSync(this.#parts.directory, { recursive: true })
    renameSync(kept.place, join(this.#parts.directory, `${this.#parts.owners}-${randomBytes(8).toString('hex')}`))
  }

  /** Trees that this process can use; removes those of before the machine was started. */
  #list(): { readonly name: string; readonly chain: readonly Digest[] }[] {
    const { directory, owners, boot } = this.#parts
    return namesIn(directory).flatMap((name) => {
      if (!name.startsWith(`${owners}-`)) return []
      const state = readState(join(directory, name, stateFile))
      if (state !== undefined && state.boot === boot) return [{ name, chain: state.chain }]
      // Moved first, so that no other build takes it meanwhile.
      const place = this.#parts.work.reserve('outdated')
      if (tryRename(join(directory, name), place)) rmSync(place, { recursive: true, force: true })
      return []
    })
  }
}

/**
 * True if a tree of these layers keeps more than it loses when it goes back to the first `shared`
 * ones.
 */
export function isWorthwhile(diffs: readonly Diff[], shared: number): boolean {
  const size = (some: readonly Diff[]): number => some.reduce((sum, diff) => sum + diff.size, 0)
  return size(diffs.slice(shared)) <= size(diffs.slice(0, shared))
}

/** False if another build has taken it. */
function tryRename(from: string, to: string): boolean {
  try {
    renameSync(from, to)
    return true
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return false
    throw error
  }
}

function readIfExists(path: string): Buffer | undefined {
  try {
    return readFileSync(path)
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
}

function namesIn(directory: string): readonly string[] {
  try {
    return readdirSync(directory)
  } catch {
    // No tree has been kept yet.
    return []
  }
}

function readState(path: string): KeptState | undefined {
  try {
    const state: unknown = JSON.parse(readFileSync(path, 'utf8'))
    return isState(state) ? state : undefined
  } catch {
    return undefined
  }
}

function isState(value: unknown): value is KeptState {
  if (typeof value !== 'object' || value === null || !('boot' in value) || !('chain' in value)) return false
  return (
    typeof value.boot === 'string' &&
    Array.isArray(value.chain) &&
    value.chain.every((one) => typeof one === 'string' && isDigest(one))
  )
}
