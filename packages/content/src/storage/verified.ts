import { algorithmOf, type Descriptor, type Digest, type DigestAlgorithm, endDigest, startDigest } from '@tsbuild/oci'
import { hashStream } from '../hash/hash-stream.ts'
import type { StreamHash } from '../hash/stream-hash.ts'
import { ContentError } from './errors.ts'
import type { Bytes } from './storage.ts'
import { factsOf, withFacts } from './stream-facts.ts'

/** Digest and size of a stream that was read to the end. */
export interface Measure {
  readonly digest: Digest
  /** Bytes. */
  readonly size: number
}

/**
 * Passes the bytes on and hashes them. Throws `ContentError` `SIZE_MISMATCH` before a surplus byte,
 * or at the end if bytes are missing. Throws `DIGEST_MISMATCH` at the end. A stream that ends
 * without an error had exactly that content. A stream that checks itself is not hashed a second
 * time, nor one whose consumer noted `isCheckedElsewhere` before it began to read.
 */
export function verified(bytes: Bytes, expected: Descriptor): Bytes {
  if (checksItself(bytes, expected)) return bytes
  const isNeeded = (): boolean => factsOf(stream).isCheckedElsewhere !== true && !checksItself(bytes, expected)
  const stream: Bytes = withFacts(check(bytes, expected, isNeeded), { ...factsOf(bytes), checked: expected })
  return stream
}

/** `isNeeded` tells, from the first chunk on, whether the digest has to be computed. */
async function* check(
  bytes: Bytes,
  expected: Descriptor,
  isNeeded: () => boolean,
): AsyncGenerator<Uint8Array, void, undefined> {
  let hash: StreamHash | undefined
  const started = (): StreamHash => (hash ??= hashStream(algorithmOf(expected.digest), expected.size))
  let size = 0
  try {
    for await (const chunk of bytes) {
      size += chunk.length
      if (size > expected.size) throw sizeMismatch(expected, 'more')
      // A stream that opens its source late knows only then that it checks itself.
      if (isNeeded()) await started().update(chunk)
      yield chunk
    }
    if (size < expected.size) throw sizeMismatch(expected, `only ${size}`)
    if (isNeeded()) compare(await started().digest(), expected)
  } finally {
    hash?.close()
  }
}

function compare(digest: Digest, expected: Descriptor): void {
  if (digest !== expected.digest) {
    throw new ContentError(
      'DIGEST_MISMATCH',
      `content does not match its digest: expected ${expected.digest}, got ${digest}`,
    )
  }
}

function checksItself(bytes: Bytes, { digest, size }: Descriptor): boolean {
  const { checked } = factsOf(bytes)
  return checked?.digest === digest && checked.size === size
}

/** Passes the bytes on. After the end, `measure` returns their digest and size. */
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
