import type { Descriptor } from '@tsbuild/oci'
import { ContentError } from './errors.ts'
import type { Bytes, ContentSource } from './storage.ts'

const documentLimit = 4 * 1024 * 1024

/**
 * Collects a stream in memory. Throws `ContentError` `TOO_LARGE` before holding more than `limit`
 * bytes.
 */
export async function readAll(bytes: Bytes, limit: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of bytes) {
    size += chunk.length
    if (size > limit)
      throw new ContentError('TOO_LARGE', `content too large to hold in memory: more than ${limit} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks, size)
}

/**
 * Fetches verified content into memory, by default at most 4 MiB, the limit of documents. Throws as
 * `ContentSource.open` and `readAll`.
 */
export async function fetchAll(
  source: ContentSource,
  target: Descriptor,
  limit: number = documentLimit,
): Promise<Uint8Array> {
  if (target.size > limit) {
    throw new ContentError(
      'TOO_LARGE',
      `content of ${target.digest} is too large to hold in memory: ${target.size} bytes, at most ${limit}`,
    )
  }
  return readAll(await source.open(target), limit)
}
