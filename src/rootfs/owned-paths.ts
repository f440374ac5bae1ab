import { lchownSync, lstatSync, readdirSync } from 'node:fs'
import { Ledger, type LedgerEntry } from '@tsbuild/isolate'
import { type Entry, type HostPath, hostPath, type Path } from '@tsbuild/tree'
import type { Snapshot } from '../layer/layer.ts'
import { snapshotView } from '../layer/snapshot-view.ts'

/** A file that a user namespace with one id cannot hold: it belongs to another user than root, or is a device. */
export interface OwnedPath extends LedgerEntry {
  readonly path: Path
}

/** The files of a snapshot that a ledger has to know. */
export async function ownedPaths(snapshot: Snapshot): Promise<readonly OwnedPath[]> {
  const paths = new Set<Path>()
  for (const layer of snapshot) {
    for (const [path, change] of await layer.diff()) if (change.type === 'set' && isForeign(change.entry)) paths.add(path)
  }
  const view = await snapshotView(snapshot)
  return [...paths].flatMap((path) => {
    const entry = view.get(path)
    return entry === undefined || !isForeign(entry) ? [] : [{ path, ...ledgerEntry(entry) }]
  })
}

/** A ledger of what is in a directory. */
export function seededLedger(directory: string, owned: readonly OwnedPath[] = []): Ledger {
  const ledger = new Ledger()
  seedLedger(ledger, directory, owned)
  return ledger
}

/** Records the owners of files below a directory. */
export function seedLedger(ledger: Ledger, directory: string, owned: readonly OwnedPath[]): void {
  for (const { path, ...entry } of owned) give(hostPath(directory, path), entry, ledger)
}

/** Gives a file an owner: in the ledger, where there is one. */
export function give(path: HostPath, entry: LedgerEntry, ledger: Ledger | undefined): void {
  if (ledger === undefined) return lchownSync(path, entry.uid, entry.gid)
  const { dev, ino } = lstatSync(path)
  ledger.set(dev, ino, entry)
}

/**
 * Gives everything below a directory one owner. A ledger ends with its step: when the next one begins, the files of a cache
 * mount belong to the owner of the mount.
 */
export function giveAll(directory: string, { uid, gid }: LedgerEntry, ledger: Ledger): void {
  if (uid === 0 && gid === 0) return
  give(directory, { uid, gid }, ledger)
  for (const entry of readdirSync(directory, { withFileTypes: true, recursive: true, encoding: 'buffer' }))
    give(Buffer.concat([Buffer.from(entry.parentPath), Buffer.from('/'), entry.name]), { uid, gid }, ledger)
}

function isForeign(entry: Entry): boolean {
  return entry.uid !== 0 || entry.gid !== 0 || entry.type === 'device'
}

function ledgerEntry(entry: Entry): LedgerEntry {
  const { uid, gid } = entry
  if (entry.type !== 'device') return { uid, gid }
  const { kind, major, minor } = entry
  return { uid, gid, device: { kind, major, minor } }
}
