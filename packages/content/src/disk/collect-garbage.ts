import type { Descriptor, Digest } from '@tsbuild/oci'
import type { BlobDirectory } from './blob-directory.ts'
import { ContentError } from '../storage/errors.ts'
import { successors } from '../graph/successors.ts'

/** Blobs to keep although no root reaches them. */
export interface GarbageOptions {
  /** Further digests to keep. */
  readonly keep?: ReadonlySet<Digest>
  /**
   * Blobs used within this time stay, because a build may refer to them soon. Milliseconds, default
   * an hour.
   */
  readonly grace?: number
}

/**
 * Removes every blob that the roots do not reach and that was not used recently. Resolves with the
 * number of bytes freed. Missing parts of an image are skipped. A document that cannot be read
 * stops the collection before it removes a blob.
 */
export async function collectGarbage(
  blobs: BlobDirectory,
  roots: readonly Descriptor[],
  options: GarbageOptions = {},
): Promise<number> {
  const { keep = new Set<Digest>(), grace = 60 * 60 * 1000 } = options
  const reached = await mark(blobs, roots)
  let freed = 0
  for await (const { digest, size, usedAt } of blobs.list()) {
    if (reached.has(digest) || keep.has(digest) || usedAt > Date.now() - grace) continue
    await blobs.delete(digest)
    freed += size
  }
  return freed
}

async function mark(blobs: BlobDirectory, roots: readonly Descriptor[]): Promise<ReadonlySet<Digest>> {
  const reached = new Set<Digest>()
  const seen = new Set<string>()
  const waiting = [...roots]
  for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
    // By type as well: a layer of one document may be a manifest of another.
    const key = `${node.mediaType} ${node.digest}`
    if (seen.has(key)) continue
    seen.add(key)
    reached.add(node.digest)
    for (const next of await successors(blobs, node).catch(ignoreMissing)) waiting.push(next)
  }
  return reached
}

function ignoreMissing(error: unknown): readonly Descriptor[] {
  if (error instanceof ContentError && error.code === 'NOT_FOUND') return []
  throw error
}
