import { WireError } from './wire-error.ts'

/** First and last byte, both included. */
export interface ByteRange {
  readonly start: number
  readonly end: number
}

/**
 * Reads the header `Range` for content of `size` bytes (RFC 9110 § 14). Undefined means all bytes:
 * no header, another unit, or several ranges, which a server may ignore. Throws `WireError` 416 for
 * a range outside of the content.
 */
export function parseRange(header: string | undefined, size: number): ByteRange | undefined {
  const [, first = '', last = ''] = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header ?? '') ?? []
  if (first === '' && last === '') return undefined
  const start = first === '' ? Math.max(0, size - Number(last)) : Number(first)
  const end = first === '' || last === '' ? size - 1 : Math.min(Number(last), size - 1)
  if (start > end || (first === '' && last !== '' && Number(last) === 0))
    throw new WireError('SIZE_INVALID', `no bytes ${header?.slice('bytes='.length)} in content of ${size} bytes`, {
      status: 416,
      headers: { 'content-range': `bytes */${size}` },
    })
  return { start, end }
}

/**
 * Reads `Content-Range` of a chunk: `0-1023`, or `bytes 0-1023/*`, which some clients send. Throws
 * `WireError` for a malformed one.
 */
export function parseContentRange(header: string | undefined): ByteRange | undefined {
  if (header === undefined) return undefined
  const [, first, last] = /^(?:bytes[ =])?(\d{1,15})-(\d{1,15})(?:\/(?:\d{1,15}|\*))?$/.exec(header) ?? []
  const range = { start: Number(first), end: Number(last) }
  if (first === undefined || range.end < range.start)
    throw new WireError('BLOB_UPLOAD_INVALID', 'malformed Content-Range: expected FIRST-LAST')
  return range
}
