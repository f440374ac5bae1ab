import { createHash } from 'node:crypto'
import { OciError } from './errors.ts'

/**
 * Hash of some bytes: `sha256:` and 64 lower-case hex digits (image-spec, descriptor.md § Digests).
 * Made only by `parseDigest` and `digestOf`.
 */
export type Digest = `sha256:${string}`

const pattern = /^sha256:[0-9a-f]{64}$/

/** Tells whether `text` is a well-formed SHA-256 digest. */
export function isDigest(text: string): text is Digest {
  return pattern.test(text)
}

/**
 * Reads a digest that came from outside; throws `OciError` with code `DIGEST_INVALID` for anything
 * else.
 */
export function parseDigest(text: string): Digest {
  if (isDigest(text)) return text
  throw new OciError(
    'DIGEST_INVALID',
    `cannot read digest "${text.slice(0, 100)}": expected "sha256:" and 64 hex digits`,
  )
}

/** Digest of bytes held in memory. */
export function digestOf(bytes: Uint8Array | string): Digest {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`
}

/** The 64 hex digits of a digest, as used in file names. */
export function hexOf(digest: Digest): string {
  return digest.slice('sha256:'.length)
}
