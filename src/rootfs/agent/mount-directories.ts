import { BlobDirectory, fetchAll } from '@tsbuild/content'
import type { Rung } from '@tsbuild/isolate'
import { decodeMount, mountLimits } from '../../mounts/mount-manifest.ts'
import { hostOwners } from '../../mounts/mount-owners.ts'
import { type PackedMount, packMount } from '../../mounts/pack-mount.ts'
import { unpackMount } from '../../mounts/unpack-mount.ts'
import { OwnersDraft, recordedOwners } from './ledger-owners.ts'
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
    owners: rung.ledger === 'none' ? hostOwners : recordedOwners(directory, owner),
    ...(previous && manifest && { previous: { digest: previous.digest, manifest } }),
    maxSize,
    signal,
  })
}

/** Makes a cache mount with the rights of a rung. */
export async function unpackDirectory(
  { directory, blobs, manifest }: UnpackMount,
  { rung, draft, signal }: { readonly rung: Rung; readonly draft: string; readonly signal: AbortSignal },
): Promise<void> {
  const kept = rung.ledger === 'none' ? undefined : new OwnersDraft(draft, rung.ledger)
  await unpackMount({ directory, draft, blobs: blobsAt(blobs), manifest, owners: kept ?? hostOwners, signal })
  await kept?.save(directory)
}

function blobsAt(path: string): BlobDirectory {
  return new BlobDirectory(path, { temporary: path })
}
