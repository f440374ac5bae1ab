import { chmodSync, lchownSync } from 'node:fs'
import { BlobDirectory, fetchAll } from '@tsbuild/content'
import type { Rung } from '@tsbuild/isolate'
import { openedMode } from '@tsbuild/tree'
import { decodeMount, mountLimits, type MountOwner } from '../../mounts/mount-manifest.ts'
import { hostOwners, type MountOwners } from '../../mounts/mount-owners.ts'
import { type PackedMount, packMount } from '../../mounts/pack-mount.ts'
import { unpackMount } from '../../mounts/unpack-mount.ts'
import type { PackMount, UnpackMount } from '../protocol/mount-jobs.ts'

/** Packs a cache mount with the rights of a rung. */
export async function packDirectory(
  { directory, blobs: path, previous, maxSize, owner }: PackMount,
  { rung, signal }: { readonly rung: Rung; readonly signal: AbortSignal },
): Promise<PackedMount> {
  const blobs = blobsAt(path)
  // A manifest that makes no sense is replaced.
  const manifest =
    previous &&
    (await fetchAll(blobs, previous, mountLimits.encoded)
      .then(decodeMount)
      .catch(() => undefined))
  return packMount({
    directory,
    blobs,
    owners: ownersOn(rung, owner),
    ...(previous && manifest && { previous: { digest: previous.digest, manifest } }),
    maxSize,
    signal,
  })
}

/** Makes a cache mount with the rights of a rung. */
export async function unpackDirectory(
  { directory, blobs, manifest, owner }: UnpackMount,
  { rung, draft, signal }: { readonly rung: Rung; readonly draft: string; readonly signal: AbortSignal },
): Promise<void> {
  const owners = ownersOn(rung, owner)
  await unpackMount({ directory, draft, blobs: blobsAt(blobs), manifest, owners, signal })
}

function blobsAt(path: string): BlobDirectory {
  return new BlobDirectory(path, { temporary: path })
}

/** Owners as the rung keeps them. Where it has a ledger, the files of a mount have one owner. */
function ownersOn({ ledger }: Rung, { uid, gid }: MountOwner): MountOwners {
  if (ledger === 'none') return hostOwners
  return {
    read: (path, stat) => ({ ...hostOwners.read(path, stat), uid, gid }),
    write: (path, { mode }, type) => {
      lchownSync(path, process.geteuid?.() ?? 0, process.getegid?.() ?? 0)
      if (type !== 'symlink') chmodSync(path, ledger === 'all' ? openedMode(mode, type === 'directory') : mode)
    },
  }
}
