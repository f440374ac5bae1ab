import { type Digest, digestForm } from '@tsbuild/oci'
import { asDigest } from '../names/as-digest.ts'
import { WireError } from './wire-error.ts'

/** Reads the digest of a path or query. */
export function readDigest(text: string): Digest {
  const digest = asDigest(text)
  if (digest !== undefined) return digest
  throw new WireError('DIGEST_INVALID', `expected ${digestForm}`)
}
