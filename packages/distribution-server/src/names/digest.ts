import { createHash, type Hash } from 'node:crypto'

/** Hash functions of content (image-spec, descriptor.md § Registered Algorithms). */
export type Algorithm = 'sha256' | 'sha512'

/**
 * Digest of content of either algorithm, well-formed. Made only by `parseContentDigest` and
 * `digestOfHash`.
 */
export type ContentDigest = `${Algorithm}:${string}`

const patterns: Readonly<Record<Algorithm, RegExp>> = { sha256: /^[0-9a-f]{64}$/, sha512: /^[0-9a-f]{128}$/ }

export const algorithms: readonly Algorithm[] = ['sha256', 'sha512']

/** Reads the name of a hash function; undefined for any other text. */
export function parseAlgorithm(text: string): Algorithm | undefined {
  return algorithms.find((each) => each === text)
}

/** Reads a digest; undefined for a malformed one and for other algorithms. */
export function parseContentDigest(text: string): ContentDigest | undefined {
  const colon = text.indexOf(':')
  const algorithm = parseAlgorithm(text.slice(0, colon))
  if (algorithm === undefined) return undefined
  const hex = text.slice(colon + 1)
  return patterns[algorithm].test(hex) ? `${algorithm}:${hex}` : undefined
}

export function algorithmOf(digest: ContentDigest): Algorithm {
  return digest.startsWith('sha512:') ? 'sha512' : 'sha256'
}

export function hexOfDigest(digest: ContentDigest): string {
  return digest.slice('sha256:'.length)
}

export function digestOfHash(algorithm: Algorithm, hash: Hash): ContentDigest {
  return `${algorithm}:${hash.digest('hex')}`
}

/** Digest of bytes in memory. */
export function digestOfBytes(algorithm: Algorithm, bytes: Uint8Array): ContentDigest {
  return digestOfHash(algorithm, createHash(algorithm).update(bytes))
}
