import { type Digest, digestOf } from '@tsbuild/oci'
import type { FileContent } from './entry.ts'

/** Content held in memory. */
export function contentOf(bytes: Uint8Array | string): FileContent & { readonly digest: Digest } {
  const data = typeof bytes === 'string' ? Buffer.from(bytes) : bytes
  async function* open(): AsyncGenerator<Uint8Array, void, undefined> {
    if (data.length > 0) yield data
  }
  return { size: data.length, digest: digestOf(data), open }
}
