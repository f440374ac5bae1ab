import type { Path } from './entry.ts'
import { comparePaths, nameOf, parentOf } from './path.ts'

const known = new WeakMap<ReadonlyMap<Path, unknown>, ReadonlyMap<Path, readonly string[]>>()

/**
 * Names a tree or diff mentions in each directory, in byte order, directories it only implies
 * included. Made on first use and remembered with the map, because views of the same layers are
 * made for every step of a build.
 */
export function listDirectories(tree: ReadonlyMap<Path, unknown>): ReadonlyMap<Path, readonly string[]> {
  const before = known.get(tree)
  if (before !== undefined) return before
  const directories = new Map<Path, string[]>()
  for (const path of tree.keys()) addToParent(directories, tree, path)
  for (const names of directories.values()) names.sort(comparePaths)
  known.set(tree, directories)
  return directories
}

/**
 * Enters a path into its directory, and the directories above it up to one that is already entered.
 */
function addToParent(directories: Map<Path, string[]>, tree: ReadonlyMap<Path, unknown>, path: Path): void {
  for (let child = path; child !== ''; child = parentOf(child)) {
    const parent = parentOf(child)
    const names = directories.get(parent)
    if (names !== undefined) {
      names.push(nameOf(child))
      return
    }
    directories.set(parent, [nameOf(child)])
    if (tree.has(parent)) return
  }
}
