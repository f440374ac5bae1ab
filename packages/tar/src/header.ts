import { TarError } from './errors.ts'

/** Tar archives are sequences of blocks of this many bytes. */
export const blockSize = 512

/** The raw fields of one header block (POSIX.1-2017, pax § ustar Interchange Format). */
export interface Header {
  /** With the ustar prefix put in front; bytes, because their encoding is not known yet. */
  readonly name: Uint8Array
  readonly link: Uint8Array
  readonly mode: number
  readonly uid: number
  readonly gid: number
  readonly size: number
  readonly mtime: number
  /** One character; NUL in archives older than POSIX. */
  readonly flag: string
  readonly major: number
  readonly minor: number
  /** The block itself, if it is in the format of GNU tar from before POSIX. */
  readonly gnuBlock?: Uint8Array
}

/**
 * Reads a header block; throws `TarError` `TAR_CHECKSUM` when it is not one and `TAR_INVALID` when
 * a number in it is malformed.
 */
export function parseHeader(block: Uint8Array, offset: number): Header {
  const number = (from: number, to: number): number => parseNumber(block, { from, to, offset })
  const sum = checksum(block)
  const stated = number(148, 156)
  if (stated !== sum && stated !== signedChecksum(block)) {
    throw new TarError('TAR_CHECKSUM', `header checksum is ${stated} but the block adds up to ${sum}`, { offset })
  }
  const isPosix = matches(block, 257, 'ustar\0')
  const isGnu = matches(block, 257, 'ustar  ')
  const hasDevices = isPosix || isGnu
  const name = text(block, 0, 100)
  const prefix = isPosix ? text(block, 345, 500) : text(block, 0, 0)
  return {
    name: prefix.length === 0 ? name : Buffer.concat([prefix, Buffer.of(47), name]),
    link: text(block, 157, 257),
    mode: number(100, 108),
    uid: number(108, 116),
    gid: number(116, 124),
    size: number(124, 136),
    mtime: number(136, 148),
    flag: String.fromCharCode(block[156] ?? 0),
    major: hasDevices ? number(329, 337) : 0,
    minor: hasDevices ? number(337, 345) : 0,
    ...(isGnu && { gnuBlock: block }),
  }
}

/** Sum of a block's bytes with the checksum field read as spaces. */
export function checksum(block: Uint8Array): number {
  let sum = 8 * 32
  for (let at = 0; at < 148; at += 1) sum += block[at] ?? 0
  for (let at = 156; at < blockSize; at += 1) sum += block[at] ?? 0
  return sum
}

/** Tells whether a block is all zero: two of them end an archive. */
export function isZeroBlock(block: Uint8Array): boolean {
  if (block[0] !== 0) return false
  return block.every((byte) => byte === 0)
}

/** Zero bytes that follow a body of `size` bytes to fill its last block. */
export function paddingSize(size: number): number {
  // Not `& 511`: sizes go beyond 32 bits.
  return (blockSize - (size % blockSize)) % blockSize
}

/**
 * Old Sun and Next tars added bytes as signed numbers; POSIX demands unsigned but readers accept
 * both.
 */
function signedChecksum(block: Uint8Array): number {
  let sum = checksum(block)
  for (let at = 0; at < blockSize; at += 1) {
    if ((at < 148 || at >= 156) && (block[at] ?? 0) > 127) sum -= 256
  }
  return sum
}

function text(block: Uint8Array, from: number, to: number): Uint8Array {
  let end = from
  while (end < to && block[end] !== 0) end += 1
  return block.subarray(from, end)
}

function matches(block: Uint8Array, at: number, wanted: string): boolean {
  for (let index = 0; index < wanted.length; index += 1)
    if (block[at + index] !== wanted.charCodeAt(index)) return false
  return true
}

/** Place of a number in a block. `offset` is that of the block, for errors. */
interface Field {
  readonly from: number
  readonly to: number
  readonly offset: number
}

/** The number in a field, octal or in base 256. */
export function parseNumber(block: Uint8Array, field: Field): number {
  if ((block[field.from] ?? 0) & 0x80) return parseBinary(block, field)
  return parseOctal(block, field)
}

function parseOctal(block: Uint8Array, field: Field): number {
  let at = field.from
  let end = field.to
  while (at < end && isBlank(block[at])) at += 1
  while (end > at && isBlank(block[end - 1])) end -= 1
  let value = 0
  for (; at < end; at += 1) {
    const digit = (block[at] ?? 0) - 48
    // What follows a NUL is left over from another use of the buffer; Go and GNU tar stop there
    // too.
    if (block[at] === 0) break
    if (digit < 0 || digit > 7)
      throw new TarError('TAR_INVALID', 'header holds a number that is not octal', { offset: field.offset })
    value = value * 8 + digit
  }
  return value
}

function isBlank(byte: number | undefined): boolean {
  return byte === 32 || byte === 0
}

/**
 * GNU's base-256: big-endian two's complement, the top bit of the first byte marks it and the next
 * one is the sign.
 */
function parseBinary(block: Uint8Array, field: Field): number {
  const first = block[field.from] ?? 0
  let value = first & 0x40 ? first - 256 : first & 0x3f
  for (let at = field.from + 1; at < field.to; at += 1) value = value * 256 + (block[at] ?? 0)
  if (Number.isSafeInteger(value)) return value
  throw new TarError('TAR_INVALID', 'header holds a number beyond 53 bits', { offset: field.offset })
}
