import { type BlobDirectory, type Bytes, compress, type Compression } from '@tsbuild/content'
import { type Digest, type DigestAlgorithm, endDigest, startDigest } from '@tsbuild/oci'
import { type Diff, IndexWriter, Listing, type LocatedChange, packDiff } from '@tsbuild/tree'
import { clampTimes } from './clamp-times.ts'
import { type LayerRecord, writeLayerRecord } from './layer-record.ts'
import type { StorePaths } from '../disk/store-paths.ts'
import { storedForm } from './stored-form.ts'
import { writeFileAtomic } from '../disk/write-file.ts'

/** The part of a store that committing needs. An agent has only this part. */
export interface LayerFiles {
  readonly paths: StorePaths
  readonly blobs: BlobDirectory
}

/** A layer that is in the store: its identity in cache keys and its record. */
export interface CommittedLayer {
  readonly id: Digest
  readonly record: LayerRecord
}

/**
 * Writes the tar of a diff into the store in one pass. Every file is read, hashed, framed,
 * compressed and written once, and the index is made meanwhile. Committing the same diff twice
 * gives the same blob. With `epoch` (seconds), no file is dated later.
 */
export async function commitDiff(
  store: LayerFiles,
  diff: Diff,
  {
    compression,
    epoch,
    signal,
  }: { readonly compression: Compression; readonly epoch?: number; readonly signal?: AbortSignal | undefined },
): Promise<CommittedLayer> {
  const index = new IndexWriter()
  const listing = new Listing()
  const onEntry = (located: LocatedChange): void => {
    index.add(located)
    listing.add(located.path, located.change)
  }
  // A compressor copies each chunk before it requests the next. Without compression, several chunks
  // are written as a batch.
  const reuseChunks = compression.type !== 'none'
  const tar = hashed(packDiff(epoch === undefined ? diff : clampTimes(diff, epoch), onEntry, { reuseChunks }))
  const blob = await store.blobs.ingest(compress(tar.bytes, compression), signal)
  const diffId = tar.digest()
  await writeFileAtomic(store.paths.index(diffId), index.bytes(), store.paths)
  const record = await writeLayerRecord(store.paths, {
    diffId,
    created: new Date().toISOString(),
    blobs: [storedForm(blob, compression)],
  })
  return { id: listing.digest(), record }
}

/** Passes bytes on and computes their digest, which is known after the last one. */
export function hashed(source: Bytes, algorithm?: DigestAlgorithm): { readonly bytes: Bytes; digest(): Digest } {
  const hash = startDigest(algorithm)
  let ended: Digest | undefined
  async function* pass(): AsyncGenerator<Uint8Array> {
    for await (const chunk of source) {
      hash.update(chunk)
      yield chunk
    }
    ended = endDigest(hash, algorithm)
  }
  return {
    bytes: pass(),
    digest: () => {
      if (ended === undefined) throw new Error('the stream has not ended yet')
      return ended
    },
  }
}
