import { type Digest, type DigestAlgorithm, endDigest, startDigest } from '@tsbuild/oci'

/** Hash of a stream, which other threads may compute. */
export interface StreamHash {
  /**
   * Adds a chunk. The caller may free it immediately but must not write to it. A promise asks to
   * wait with the next one.
   */
  update(chunk: Uint8Array): Promise<void> | undefined
  /** Digest of all chunks. */
  digest(): Promise<Digest>
  /** Frees the memory of the hash. Has no effect after `digest`. */
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
