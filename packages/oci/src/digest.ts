import { createHash, type Hash } from 'node:crypto'
import { OciError } from './errors.ts'

/**
 * Hash of some bytes: the name of a registered algorithm and lower-case hex digits, 64 for `sha256`
 * and 128 for `sha512` (image-spec, descriptor.md § Digests). tsbuild writes `sha256`, and reads
 * both.
 */
export type Digest = `${DigestAlgorithm}:${string}`

/** Algorithms that implementations read (image-spec, descriptor.md § Registered algorithms). */
export type DigestAlgorithm = 'sha256' | 'sha512'

/** All that can be read, the usual one first. */
export const digestAlgorithms: readonly DigestAlgorithm[] = ['sha256', 'sha512']

const pattern = /^(?:sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})$/

/** Form of a digest, for messages. */
export const digestForm = '"sha256:" and 64 hex digits, or "sha512:" and 128'

/** True for a well-formed digest of a registered algorithm. */
export function isDigest(text: string): text is Digest {
  return pattern.test(text)
}

/**
 * Reads a digest that came from outside; throws `OciError` with code `DIGEST_INVALID` for anything
 * else.
 */
export function parseDigest(text: string): Digest {
  if (isDigest(text)) return text
  throw new OciError('DIGEST_INVALID', `cannot read digest "${text.slice(0, 100)}": expected ${digestForm}`)
}

/** Digest of bytes held in memory. */
export function digestOf(bytes: Uint8Array | string, algorithm: DigestAlgorithm = 'sha256'): Digest {
  return endDigest(startDigest(algorithm).update(bytes), algorithm)
}

/** True if these are the bytes of a digest. */
export function hasDigest(bytes: Uint8Array | string, digest: Digest): boolean {
  return digestOf(bytes, algorithmOf(digest)) === digest
}

/** A hash that is fed piece by piece, then read with `endDigest`. */
export function startDigest(algorithm: DigestAlgorithm = 'sha256'): Hash {
  return createHash(algorithm)
}

/** Digest of all that a hash was fed with. */
export function endDigest(hash: Hash, algorithm: DigestAlgorithm = 'sha256'): Digest {
  return `${algorithm}:${hash.digest('hex')}`
}

/** Algorithm of a digest. */
export function algorithmOf(digest: Digest): DigestAlgorithm {
  return digest.startsWith('sha512:') ? 'sha512' : 'sha256'
}

/** The hex digits of a digest, as used in file names; their number tells the algorithm. */
export function hexOf(digest: Digest): string {
  return digest.slice('sha256:'.length)
}

/** The digest with these hex digits; undefined for other texts. */
export function digestOfHex(hex: string): Digest | undefined {
  const digest = `${hex.length > 64 ? 'sha512' : 'sha256'}:${hex}`
  return isDigest(digest) ? digest : undefined
}
