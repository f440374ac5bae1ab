import { type Digest, isDigest } from '@tsbuild/oci'

/** The text as a digest; undefined for any other text. */
export function asDigest(text: string): Digest | undefined {
  return isDigest(text) ? text : undefined
}
