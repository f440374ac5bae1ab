import { readFile } from 'node:fs/promises'
import { type BlobDirectory, type Bytes, type ContentSource, decompress } from '@tsbuild/content'
import { algorithmOf, compressionOf, type Descriptor, type Digest } from '@tsbuild/oci'
import { indexTar, IndexWriter } from '@tsbuild/tree'
import { hashed } from './commit-diff.ts'
import { noteFileUse } from '../disk/note-use.ts'
import { StoreError } from '../disk/store-error.ts'
import type { StorePaths } from '../disk/store-paths.ts'
import { tee } from './tee.ts'
import { writeFileAtomic } from '../disk/write-file.ts'

/**
 * Fetches the blob of a layer into the store. Checks digest and diffId and makes the index in the
 * same pass. Rejects with the errors of the source, and as `indexLayer` does.
 */
export async function fetchLayer(
  { blobs, paths }: { readonly blobs: BlobDirectory; readonly paths: StorePaths },
  { diffId, descriptor }: { readonly diffId: Digest; readonly descriptor: Descriptor },
  source: ContentSource,
): Promise<void> {
  const [stored, read] = tee(await source.open(descriptor))
  const indexing = indexLayer(paths, diffId, decompress(read, compressionOf(descriptor.mediaType)))
  // Not `put`, because it does not read a blob that another process has stored meanwhile, and the
  // index needs its bytes. A damaged blob also fails as a tar, but the error about its digest is
  // clearer.
  const [replaced, indexed] = await Promise.allSettled([blobs.replace(descriptor, stored), indexing])
  if (replaced.status === 'rejected') throw replaced.reason
  if (indexed.status === 'rejected') throw indexed.reason
}

/** Writes the index of a layer. Rejects with `LAYER_CORRUPT` for a tar with another diffId. */
export async function indexLayer(paths: StorePaths, diffId: Digest, tar: Bytes): Promise<void> {
  const { bytes, digest } = hashed(tar, algorithmOf(diffId))
  const index = new IndexWriter()
  for await (const located of indexTar(bytes)) index.add(located)
  if (digest() !== diffId)
    throw new StoreError('LAYER_CORRUPT', `layer content is ${digest()}, but its image config says ${diffId}`)
  await writeFileAtomic(paths.index(diffId), index.bytes(), paths)
}

/** Encoded index of a layer. Undefined if it is missing. */
export async function readIndex(paths: StorePaths, diffId: Digest): Promise<Uint8Array | undefined> {
  const path = paths.index(diffId)
  await noteFileUse(path)
  return readFile(path).catch(() => undefined)
}
