import { type BigIntStats, chmodSync, lchownSync } from 'node:fs'
import type { HostPath } from '@tsbuild/tree'
import type { MountOwner } from './mount-manifest.ts'

/** Owners and modes of the files of a cache mount, wherever a rung keeps them. */
export interface MountOwners {
  read(path: HostPath, stat: BigIntStats): MountOwner
  write(path: HostPath, owner: MountOwner, type: 'directory' | 'file' | 'symlink'): void
}

/** Owners and modes that the kernel keeps. */
export const hostOwners: MountOwners = {
  read: (_, { uid, gid, mode }) => ({ uid: Number(uid), gid: Number(gid), mode: Number(mode) & 0o7777 }),
  write: (path, { uid, gid, mode }, type) => {
    // The owner first: changing it takes set-user-ID bits away.
    lchownSync(path, uid, gid)
    if (type !== 'symlink') chmodSync(path, mode)
  },
}
