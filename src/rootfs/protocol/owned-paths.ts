import { chmodSync, lchownSync, lstatSync, readdirSync } from 'node:fs'
import { Ledger, type LedgerEntry, type Rung } from '@tsbuild/isolate'
import { type Entry, type HostPath, hostPath, layerXattrs, loadSystemCalls, openedMode, type Path } from '@tsbuild/tree'
import type { Snapshot } from '../../layer/layer.ts'
import { snapshotView } from '../../layer/snapshot-view.ts'

/** Metadata that a ledger keeps. */
type Scope = Exclude<Rung['ledger'], 'none'>

/**
 * A file with metadata that the kernel cannot hold: it belongs to another user than root, or is a
 * device, or has a mode or attributes.
 */
export interface OwnedPath extends LedgerEntry {
  readonly path: Path
}

/** The files of a snapshot that a ledger may have to know. */
export async function ownedPaths(snapshot: Snapshot, scope: Scope): Promise<readonly OwnedPath[]> {
  const paths = new Set<Path>()
  for (const layer of snapshot) {
    for (const [path, change] of await layer.diff())
      if (change.type === 'set' && isForeign(change.entry, scope)) paths.add(path)
  }
  const view = await snapshotView(snapshot)
  return [...paths].flatMap((path) => {
    const entry = view.get(path)
    return entry === undefined || !isForeign(entry, scope) ? [] : [{ path, ...ledgerEntry(entry, scope) }]
  })
}

/** A ledger of what is in a directory. */
export function seededLedger(directory: string, owned: readonly OwnedPath[] = []): Ledger {
  const ledger = new Ledger()
  seedLedger(ledger, directory, owned)
  return ledger
}

/** Records what the files below a directory lack on disk. */
export function seedLedger(ledger: Ledger, directory: string, owned: readonly OwnedPath[]): void {
  for (const { path, mode, xattrs, ...entry } of owned) {
    const host = hostPath(directory, path)
    const stat = lstatSync(host)
    const lacking = xattrs && lackingXattrs(host, xattrs)
    ledger.set(stat.dev, stat.ino, {
      ...entry,
      ...(mode === undefined || mode === (stat.mode & 0o7777) ? {} : { mode }),
      ...(lacking === undefined || lacking.size === 0 ? {} : { xattrs: lacking }),
    })
  }
}

function lackingXattrs(host: HostPath, xattrs: ReadonlyMap<string, Uint8Array>): ReadonlyMap<string, Uint8Array> {
  const found = loadSystemCalls()?.getXattrs(host)
  const isFound = (name: string, value: Uint8Array): boolean => {
    const present = found?.get(name)
    return present !== undefined && Buffer.compare(present, value) === 0
  }
  return new Map([...xattrs].filter(([name, value]) => !isFound(name, value)))
}

/** Gives a file an owner: in the ledger, where there is one. */
export function give(path: HostPath, entry: LedgerEntry, ledger: Ledger | undefined): void {
  if (ledger === undefined) return lchownSync(path, entry.uid, entry.gid)
  const { dev, ino } = lstatSync(path)
  ledger.set(dev, ino, entry)
}

/** Owner and mode of a file. */
export type Owned = Required<Pick<LedgerEntry, 'uid' | 'gid' | 'mode'>>

/**
 * Keeper of metadata: a ledger, if the rung has one. Files that are opened for the builder have
 * their modes in it too.
 */
export interface Keeper {
  readonly ledger: Ledger | undefined
  readonly opened: boolean
}

/** Gives a file an owner and a mode. */
export function dress(path: string, { uid, gid, mode }: Owned, { ledger, opened }: Keeper): void {
  const onDisk = opened ? openedMode(mode, lstatSync(path).isDirectory()) : mode
  give(path, { uid, gid, ...(mode !== onDisk && { mode }) }, ledger)
  chmodSync(path, onDisk)
}

/**
 * Gives everything below a directory one owner, for a cache mount whose files have no record.
 */
export function giveAll(directory: string, { uid, gid, mode }: Owned, { ledger, opened }: Keeper): void {
  const isOnDisk = !opened || mode === openedMode(mode, true)
  give(directory, { uid, gid, ...(isOnDisk ? {} : { mode }) }, ledger)
  if (uid === 0 && gid === 0) return
  for (const entry of readdirSync(directory, { withFileTypes: true, recursive: true, encoding: 'buffer' }))
    give(Buffer.concat([Buffer.from(entry.parentPath), Buffer.from('/'), entry.name]), { uid, gid }, ledger)
}

function isForeign(entry: Entry, scope: Scope): boolean {
  if (entry.uid !== 0 || entry.gid !== 0 || entry.type === 'device') return true
  if (scope === 'owners') return false
  const hasPlainMode = entry.type === 'symlink' || entry.mode === openedMode(entry.mode, entry.type === 'directory')
  return !hasPlainMode || layerXattrs(entry.xattrs) !== undefined
}

function ledgerEntry(entry: Entry, scope: Scope): LedgerEntry {
  const { uid, gid, type } = entry
  const device = type === 'device' ? { device: { kind: entry.kind, major: entry.major, minor: entry.minor } } : {}
  if (scope === 'owners') return { uid, gid, ...device }
  const xattrs = layerXattrs(entry.xattrs)
  return {
    uid,
    gid,
    ...device,
    ...(type !== 'symlink' && { mode: entry.mode }),
    ...(xattrs !== undefined && { xattrs }),
  }
}
