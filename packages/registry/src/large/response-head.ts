import { responseHeaders, type ResponseHeaders } from '../response-headers.ts'

/** Most bytes of a head. */
const longestHead = 64 * 1024
const blankLine = Buffer.from('\r\n\r\n')

/** Status line and headers of an answer (RFC 9112 § 4, § 5). */
export interface ResponseHead {
  readonly status: number
  readonly headers: ResponseHeaders
  /** Bytes of the head, its blank line included. */
  readonly size: number
}

/**
 * Reads a head from the start of an answer; undefined while it is incomplete. Throws if it is
 * invalid.
 */
export function parseHead(bytes: Buffer): ResponseHead | undefined {
  const end = bytes.subarray(0, longestHead).indexOf(blankLine)
  if (end < 0) {
    if (bytes.length < longestHead) return undefined
    throw new Error('the headers of the answer are too long')
  }
  const [first = '', ...lines] = bytes.toString('latin1', 0, end).split('\r\n')
  const [, status] = /^HTTP\/1\.[01] ([1-9]\d\d)(?: |$)/.exec(first) ?? []
  if (status === undefined) throw new Error('the answer is not HTTP/1.1')
  const fields = lines.map((line) => {
    const [, name, value = ''] = /^([\w!#$%&'*+.^`|~-]+):[ \t]*([^\0\r\n]*)$/.exec(line) ?? []
    if (name === undefined) throw new Error('the answer has an invalid header')
    return [name, value] as const
  })
  return { status: Number(status), headers: responseHeaders(fields), size: end + blankLine.length }
}

/** Way in which an answer shows its end (RFC 9112 § 6.3), or its size in bytes. */
export type Framing = number | 'chunked' | 'close'

/** Throws for a size that is no number, or that the answer gives in two ways. */
export function framingOf({ status, headers }: ResponseHead): Framing {
  if (status === 204 || status === 304) return 0
  const length = headers.get('content-length')
  const coding = headers.get('transfer-encoding')
  if (coding !== null) {
    if (coding.toLowerCase() !== 'chunked' || length !== null) throw new Error('the size of the answer is unclear')
    return 'chunked'
  }
  if (length === null) return 'close'
  if (!/^\d{1,15}$/.test(length)) throw new Error('the size of the answer is invalid')
  return Number(length)
}
