import type { DigestAlgorithm } from '@tsbuild/oci'
import { canUseThreads } from './hash-thread.ts'
import { inlineHash, type StreamHash } from './stream-hash.ts'
import { ThreadedHash } from './threaded-hash.ts'

/** Below this size, in bytes, a thread takes longer to start than the hash. */
const smallestForThread = 16 * 1024 * 1024

/** Begins the hash of a stream of about so many bytes. */
export function hashStream(algorithm: DigestAlgorithm, size: number): StreamHash {
  return size >= smallestForThread && canUseThreads() ? new ThreadedHash(algorithm) : inlineHash(algorithm)
}
