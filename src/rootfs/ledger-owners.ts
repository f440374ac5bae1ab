import { lstatSync } from 'node:fs'
import type { Ledger, LedgerEntry } from '@tsbuild/isolate'
import { type Change, type Diff, type Entry, hostPath, type Metadata, type Path, type Tree } from '@tsbuild/tree'
import type { EarlierState } from './earlier-state.ts'
import type { OwnedPath } from './owned-paths.ts'

/** A tree scanned from `directory`, with the metadata that its ledger has. */
export function ownedTree(tree: Tree, directory: string, ledger: Ledger | undefined): Tree {
  if (ledger === undefined) return tree
  return new Map([...tree].map(([path, entry]) => [path, ownedEntry(entry, lookUp(directory, path, ledger))]))
}

/** A diff whose new files are those of `directory`, with the metadata that its ledger has. */
export function ownedDiff(diff: Diff, directory: string, ledger: Ledger | undefined): Diff {
  if (ledger === undefined) return diff
  const owned = (path: Path, change: Change): Change =>
    change.type === 'set' ? { ...change, entry: ownedEntry(change.entry, lookUp(directory, path, ledger)) } : change
  return new Map([...diff].map(([path, change]) => [path, owned(path, change)]))
}

/** An earlier state, with the metadata that its layers have. */
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
  if (ledger.isEmpty) return undefined
  const stat = lstatSync(hostPath(directory, path), { throwIfNoEntry: false })
  return stat && ledger.get(stat.dev, stat.ino)
}

/** Files without an entry belong to root, whatever id root has on the disk. */
function ownedEntry(entry: Entry, { uid, gid, device, ...found }: LedgerEntry = { uid: 0, gid: 0 }): Entry {
  const { mode = entry.mode } = found
  const xattrs = joined(entry.xattrs, found.xattrs)
  if (entry.uid === uid && entry.gid === gid && entry.mode === mode && xattrs === entry.xattrs && device === undefined) return entry
  const kept = { mode, uid, gid, ...(xattrs === undefined ? {} : { xattrs }) }
  if (device === undefined || entry.type === 'hardlink') return { ...entry, ...kept }
  return { type: 'device', mtime: entry.mtime, ...kept, ...device }
}

/** Attributes of the disk and of the ledger. */
function joined(disk: Metadata['xattrs'], ledger: Metadata['xattrs']): Metadata['xattrs'] {
  return ledger === undefined || ledger.size === 0 ? disk : new Map([...(disk ?? []), ...ledger])
}
