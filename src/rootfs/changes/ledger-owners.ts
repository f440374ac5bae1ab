import { isDeepStrictEqual } from 'node:util'
import type { Ledger, LedgerEntry, LedgerRow } from '@tsbuild/isolate'
import type { Change, Diff, Entry, Metadata, Path } from '@tsbuild/tree'
import type { EarlierState } from './earlier-state.ts'
import type { OwnedPath } from '../protocol/owned-paths.ts'

/** Finds the device and inode number of a file. */
type FindInode = (path: Path) => { readonly dev: number; readonly ino: number } | undefined

/** A diff with the metadata that a ledger has of the files in it. */
export function ownedDiff(diff: Diff, ledger: Ledger | undefined, inodeOf: FindInode): Diff {
  if (ledger === undefined) return diff
  const owned = (path: Path, change: Change): Change => {
    const inode = change.type === 'set' && !ledger.isEmpty ? inodeOf(path) : undefined
    return change.type === 'set'
      ? { ...change, entry: ownedEntry(change.entry, inode && ledger.get(inode.dev, inode.ino)) }
      : change
  }
  return new Map([...diff].map(([path, change]) => [path, owned(path, change)]))
}

/** Files whose rows in a ledger differ from the earlier rows. */
export function changedOwners(before: readonly LedgerRow[], after: Iterable<LedgerRow>): (file: FileId) => boolean {
  const earlier = new Map(before.map((row) => [fileId(row), row]))
  const changed = new Set<string>()
  for (const row of after) {
    if (!isDeepStrictEqual(earlier.get(fileId(row)), row)) changed.add(fileId(row))
    earlier.delete(fileId(row))
  }
  for (const id of earlier.keys()) changed.add(id)
  return (file) => changed.size > 0 && changed.has(fileId(file))
}

/** Device and inode number. */
export interface FileId {
  readonly dev: number | bigint
  readonly ino: number | bigint
}

function fileId({ dev, ino }: FileId): string {
  return `${dev}:${ino}`
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

/** Files without an entry belong to root, with any id that root has on the disk. */
function ownedEntry(entry: Entry, { uid, gid, device, ...found }: LedgerEntry = { uid: 0, gid: 0 }): Entry {
  const { mode = entry.mode } = found
  const xattrs = joined(entry.xattrs, found.xattrs)
  if (entry.uid === uid && entry.gid === gid && entry.mode === mode && xattrs === entry.xattrs && device === undefined)
    return entry
  const kept = { mode, uid, gid, ...(xattrs !== undefined && { xattrs }) }
  if (device === undefined) return { ...entry, ...kept }
  // Every name of a device has an entry of its own in a layer: hard links are of files.
  return { type: 'device', mtime: entry.mtime, ...kept, ...device }
}

/** Attributes of the disk and of the ledger. */
function joined(disk: Metadata['xattrs'], ledger: Metadata['xattrs']): Metadata['xattrs'] {
  return ledger === undefined || ledger.size === 0 ? disk : new Map([...(disk ?? []), ...ledger])
}
