import { type ContentDigest, parseContentDigest } from '../names/digest.ts'
import { WireError } from './wire-error.ts'

/** Reads the digest of a path or query. */
export function readDigest(text: string): ContentDigest {
  const digest = parseContentDigest(text)
  if (digest !== undefined) return digest
  throw new WireError('DIGEST_INVALID', 'expected sha256: and 64, or sha512: and 128 lower-case hex digits')
}
