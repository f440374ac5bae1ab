import { chmodSync, lchownSync, lstatSync } from 'node:fs'
import { withLock } from '@tsbuild/content'
import type { LedgerEntry, Rung } from '@tsbuild/isolate'
import { type HostPath, openedMode } from '@tsbuild/tree'
import type { MountOwner } from '../../mounts/mount-manifest.ts'
import { hostOwners, type MountOwners } from '../../mounts/mount-owners.ts'
import { type OwnersByPath, ownersLock, readOwners, writeOwners } from './owners-record.ts'

/**
 * Owners of the files of a cache mount as the next step will see them: those of its record. Without
 * a record, all belong to the owner of the mount; with one, files that are not in it to root.
 */
export function recordedOwners(directory: string, { uid, gid }: MountOwner): Pick<MountOwners, 'read'> {
  const record = readOwners(directory)
  return {
    read: (path, stat) => {
      const onDisk = hostOwners.read(path, stat)
      if (record === undefined) return { ...onDisk, uid, gid }
      const known = record.get(relativePath(directory, path))
      const entry: LedgerEntry = known?.ino === Number(stat.ino) ? known.entry : { uid: 0, gid: 0 }
      return { uid: entry.uid, gid: entry.gid, mode: entry.mode ?? onDisk.mode }
    },
  }
}

/** Collects the owners of a mount that is made in a draft, for its record. */
export class OwnersDraft implements MountOwners {
  readonly #draft: string
  readonly #scope: Exclude<Rung['ledger'], 'none'>
  readonly #owners = new Map<string, { readonly ino: number; readonly entry: LedgerEntry }>()
  readonly read = hostOwners.read

  constructor(draft: string, scope: Exclude<Rung['ledger'], 'none'>) {
    this.#draft = draft
    this.#scope = scope
  }

  write(path: HostPath, { uid, gid, mode }: MountOwner, type: 'directory' | 'file' | 'symlink'): void {
    lchownSync(path, process.geteuid?.() ?? 0, process.getegid?.() ?? 0)
    const onDisk = this.#scope === 'all' ? openedMode(mode, type === 'directory') : mode
    if (type !== 'symlink') chmodSync(path, onDisk)
    const isOnDisk = type === 'symlink' || mode === onDisk
    if (uid === 0 && gid === 0 && isOnDisk) return
    const { ino } = lstatSync(path)
    this.#owners.set(relativePath(this.#draft, path), { ino, entry: { uid, gid, ...(!isOnDisk && { mode }) } })
  }

  /** Writes the record of the mount, once the draft has its name. */
  async save(directory: string): Promise<void> {
    const owners: OwnersByPath = this.#owners
    await withLock(ownersLock(directory), () => writeOwners(directory, owners))
  }
}

/** Path in a directory; bytes are characters of the same code. */
function relativePath(directory: string, path: HostPath): string {
  return Buffer.from(path)
    .subarray(Buffer.byteLength(directory) + 1)
    .toString('latin1')
}
