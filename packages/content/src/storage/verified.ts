import { algorithmOf, type Descriptor, type Digest, type DigestAlgorithm, endDigest, startDigest } from '@tsbuild/oci'
import { ContentError } from './errors.ts'
import type { Bytes } from './storage.ts'

/** Digest and size of a stream that was read to the end. */
export interface Measure {
  readonly digest: Digest
  /** Bytes. */
  readonly size: number
}

/**
 * Passes the bytes on while hashing them; throws `ContentError` `SIZE_MISMATCH` before the first
 * byte too many, or at the end when there are too few, and `DIGEST_MISMATCH` at the end. A stream
 * that ends without an error had exactly that content.
 */
export async function* verified(bytes: Bytes, expected: Descriptor): AsyncGenerator<Uint8Array, void, undefined> {
  const { bytes: counted, measure } = measured(bytes, algorithmOf(expected.digest))
  let size = 0
  for await (const chunk of counted) {
    size += chunk.length
    if (size > expected.size) throw sizeMismatch(expected, 'more')
    yield chunk
  }
  if (size < expected.size) throw sizeMismatch(expected, `only ${size}`)
  const { digest } = measure()
  if (digest !== expected.digest) {
    throw new ContentError(
      'DIGEST_MISMATCH',
      `content does not match its digest: expected ${expected.digest}, got ${digest}`,
    )
  }
}

/** Passes the bytes on; `measure` tells, after the end, what they were. */
export function measured(
  bytes: Bytes,
  algorithm: DigestAlgorithm = 'sha256',
): { readonly bytes: Bytes; measure(): Measure } {
  const hash = startDigest(algorithm)
  let size = 0
  async function* pass(): AsyncGenerator<Uint8Array, void, undefined> {
    for await (const chunk of bytes) {
      size += chunk.length
      hash.update(chunk)
      yield chunk
    }
  }
  return { bytes: pass(), measure: () => ({ digest: endDigest(hash, algorithm), size }) }
}

function sizeMismatch(expected: Descriptor, got: string): ContentError {
  return new ContentError(
    'SIZE_MISMATCH',
    `content of ${expected.digest} has the wrong size: expected ${expected.size} bytes, got ${got}`,
  )
}
