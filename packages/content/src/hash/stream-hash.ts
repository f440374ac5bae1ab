import { type Digest, type DigestAlgorithm, endDigest, startDigest } from '@tsbuild/oci'

/** Hash of a stream, which other threads may compute. */
export interface StreamHash {
  /**
   * Adds a chunk, which may be freed at once, but not written to. A promise asks to wait with the
   * next one.
   */
  update(chunk: Uint8Array): Promise<void> | undefined
  /** Digest of all chunks. */
  digest(): Promise<Digest>
  /** Frees what the hash holds; without effect after `digest`. */
  close(): void
}

/** A hash that this thread computes. */
export function inlineHash(algorithm: DigestAlgorithm): StreamHash {
  const hash = startDigest(algorithm)
  return {
    update: (chunk) => void hash.update(chunk),
    digest: async () => endDigest(hash, algorithm),
    close: () => {},
  }
}
