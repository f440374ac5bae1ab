import type { Change, Diff } from './diff.ts'
import type { Entry, Path } from './entry.ts'
import type { Tree } from './tree.ts'

/**
 * The diff that puts everything in a tree where it is; a way to look at the tree, not a copy of it.
 */
export function diffOfTree(tree: Tree): Diff {
  return new TreeDiff(tree)
}

class TreeDiff implements Diff {
  readonly #tree: Tree

  constructor(tree: Tree) {
    this.#tree = tree
  }

  get size(): number {
    return this.#tree.size
  }

  has(path: Path): boolean {
    return this.#tree.has(path)
  }

  get(path: Path): Change | undefined {
    const entry = this.#tree.get(path)
    return entry && set(entry)
  }

  keys(): MapIterator<Path> {
    return this.#tree.keys()
  }

  values(): MapIterator<Change> {
    return this.#tree.values().map(set)
  }

  entries(): MapIterator<[Path, Change]> {
    return this.#tree.entries().map(([path, entry]) => [path, set(entry)])
  }

  [Symbol.iterator](): MapIterator<[Path, Change]> {
    return this.entries()
  }

  forEach(visit: (change: Change, path: Path, diff: Diff) => void): void {
    for (const [path, change] of this) visit(change, path, this)
  }
}

function set(entry: Entry): Change {
  return { type: 'set', entry }
}
