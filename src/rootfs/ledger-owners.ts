import { lstatSync } from 'node:fs'
import type { Ledger, LedgerEntry } from '@tsbuild/isolate'
import { type Change, type Diff, type Entry, hostPath, type Path, type Tree } from '@tsbuild/tree'
import type { EarlierState } from './earlier-state.ts'
import type { OwnedPath } from './owned-paths.ts'

/** A tree scanned from `directory`, with the owners and devices that its ledger has. */
export function ownedTree(tree: Tree, directory: string, ledger: Ledger | undefined): Tree {
  if (ledger === undefined || ledger.isEmpty) return tree
  return new Map([...tree].map(([path, entry]) => [path, ownedEntry(entry, lookUp(directory, path, ledger))]))
}

/** A diff whose new files are those of `directory`, with the owners and devices that its ledger has. */
export function ownedDiff(diff: Diff, directory: string, ledger: Ledger | undefined): Diff {
  if (ledger === undefined || ledger.isEmpty) return diff
  const owned = (path: Path, change: Change): Change =>
    change.type === 'set' ? { ...change, entry: ownedEntry(change.entry, lookUp(directory, path, ledger)) } : change
  return new Map([...diff].map(([path, change]) => [path, owned(path, change)]))
}

/** An earlier state, with the owners and devices that its layers have. */
export function ownedState(state: EarlierState, owned: readonly OwnedPath[] = []): EarlierState {
  if (owned.length === 0) return state
  const byPath = new Map(owned.map((entry) => [entry.path, entry]))
  return {
    ...state,
    find: (path) => {
      const found = state.find(path)
      return found && { ...found, entry: ownedEntry(found.entry, byPath.get(path)) }
    },
  }
}

function lookUp(directory: string, path: Path, ledger: Ledger): LedgerEntry | undefined {
  const stat = lstatSync(hostPath(directory, path), { throwIfNoEntry: false })
  return stat && ledger.get(stat.dev, stat.ino)
}

function ownedEntry(entry: Entry, found: LedgerEntry | undefined): Entry {
  if (found === undefined) return entry
  const { uid, gid, device } = found
  if (device === undefined || entry.type === 'hardlink') return { ...entry, uid, gid }
  const { mode, mtime } = entry
  return { type: 'device', mode, mtime, uid, gid, ...device }
}
