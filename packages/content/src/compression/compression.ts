import { compressGzip } from './gzip.ts'
import type { Bytes } from '../storage/storage.ts'
import { compressZstd } from './zstd.ts'

/** Compression of a layer. `level`: gzip 0–9, zstd 1–22; the default is tsbuild's. */
export type Compression = { readonly type: 'none' } | { readonly type: 'gzip' | 'zstd'; readonly level?: number }

/**
 * Compresses a stream, in bounded memory and on all cores. The same bytes and level always give the
 * same result.
 */
export function compress(bytes: Bytes, compression: Compression): Bytes {
  switch (compression.type) {
    case 'none':
      return bytes
    case 'gzip':
      return compressGzip(bytes, compression.level)
    case 'zstd':
      return compressZstd(bytes, compression.level)
  }
}

/**
 * Detects the compression of content by its first four bytes: `none` for tar archives and unknown
 * formats.
 */
export function sniffCompression(firstBytes: Uint8Array): Compression['type'] {
  const [a, b, c, d] = firstBytes
  if (a === 0x1f && b === 0x8b && c === 8) return 'gzip'
  if (a === 0x28 && b === 0xb5 && c === 0x2f && d === 0xfd) return 'zstd'
  // A skippable frame (RFC 8878 § 3.1.2), with which some writers begin.
  if (a !== undefined && a >> 4 === 5 && b === 0x2a && c === 0x4d && d === 0x18) return 'zstd'
  return 'none'
}
