import type { ByteReader } from './byte-reader.ts'
import { TarError } from './errors.ts'
import type { Extents } from './extents.ts'
import { blockSize, type Header, parseNumber } from './header.ts'
import { type PaxRecords, paxNumber } from './pax.ts'

/** A file of which an archive holds only some parts. */
export interface SparseFile {
  /** Bytes of the whole file. */
  readonly size: number
  /** Bytes of it that follow in the archive. */
  readonly bytes: number
  readonly stored: Extents
}

/** Properties of a file before its sparse map is read. */
export interface SparseHeader {
  readonly header: Header
  readonly pax: PaxRecords | undefined
  /** Bytes in the archive, a map at their beginning included. */
  readonly size: number
  /** Byte of the archive its header starts at, for errors. */
  readonly offset: number
}

/** A regular file that GNU tar stored without its holes, in its own format from before POSIX. */
export const oldSparseFlag = 'S'

/**
 * Bound of all holes of an archive: a number of bytes, and beyond it a multiple of the bytes read.
 */
const mostHoles = { bytes: 2 ** 30, times: 10 }

/** Parts of files that all sparse files of an archive may have: their maps are kept in memory. */
const mostExtents = 1 << 20
const longestNumber = 16

/**
 * Reads the map of a sparse file (GNU tar manual, "Storing Sparse Files"): formats 0.0 and 0.1
 * store it in pax records, 1.0 in front of the body, the oldest in the header and in blocks behind
 * it. Undefined for any other file. Leaves the reader at the first stored byte.
 */
export async function readSparse(
  reader: ByteReader,
  file: SparseHeader,
  known: number,
): Promise<SparseFile | undefined> {
  const { header, pax, offset } = file
  const format = header.flag === oldSparseFlag ? 'old' : detectFormat(pax, offset)
  if (format === undefined) return undefined
  const bounds: Bounds = { offset, most: 2 * (mostExtents - known) }
  const start = reader.offset
  const { size, numbers } =
    format === 'old'
      ? await readOldMap(reader, header.gnuBlock, bounds)
      : { size: realSize(pax, offset), numbers: await readPaxMap(reader, { ...file, format }, bounds) }
  const bytes = format === '1.0' ? file.size - (reader.offset - start) : file.size
  return { size, bytes, stored: checked(numbers, { size, bytes, offset }) }
}

/** Bounds the zeros that are read from an archive which does not hold them. */
export class HoleBudget {
  #bytes = 0

  /**
   * Takes a hole; `read` is how much of the archive has been read. Throws `TarError`
   * `TAR_TOO_LARGE` beyond the bound.
   */
  take(length: number, read: number, offset: number): void {
    this.#bytes += length
    const { bytes, times } = mostHoles
    if (this.#bytes <= bytes || this.#bytes <= times * read) return
    throw new TarError(
      'TAR_TOO_LARGE',
      `sparse files grow the archive beyond 1 GiB and ${times} times its ${read} bytes`,
      { offset },
    )
  }
}

interface Bounds {
  readonly offset: number
  /** Numbers a map may have. */
  readonly most: number
}

function detectFormat(pax: PaxRecords | undefined, offset: number): '0' | '1.0' | undefined {
  const value = (key: string): string | undefined => decodeText(pax?.get(`GNU.sparse.${key}`))
  const version = [value('major') ?? '', value('minor') ?? ''].join('.')
  if (version === '1.0') return '1.0'
  if (version !== '.' && version !== '0.0' && version !== '0.1')
    throw new TarError('TAR_UNSUPPORTED', `sparse files of format ${version.slice(0, 40)} are not read`, { offset })
  return value('map') === undefined && value('size') === undefined ? undefined : '0'
}

function realSize(pax: PaxRecords | undefined, offset: number): number {
  const record = pax?.get('GNU.sparse.realsize') ?? pax?.get('GNU.sparse.size')
  if (record === undefined) throw new TarError('TAR_INVALID', 'sparse file has no size', { offset })
  return paxNumber(record, offset)
}

async function readPaxMap(
  reader: ByteReader,
  file: SparseHeader & { readonly format: '0' | '1.0' },
  bounds: Bounds,
): Promise<readonly number[]> {
  if (file.format === '1.0') return readMapOfBody(reader, file.size, bounds)
  const words = decodeText(file.pax?.get('GNU.sparse.map'))?.split(',') ?? []
  if (words.length > bounds.most) throw tooMany(bounds)
  return words.map((word) => decimal(word, bounds.offset))
}

/**
 * Format 1.0: decimal numbers, each with a line feed, the first of them the number of parts, padded
 * to a block.
 */
async function readMapOfBody(reader: ByteReader, size: number, bounds: Bounds): Promise<readonly number[]> {
  const numbers: number[] = []
  let wanted: number | undefined
  let text = ''
  for (let left = size; wanted === undefined || numbers.length < wanted; left -= blockSize) {
    const block = left < blockSize ? undefined : await reader.read(blockSize)
    if (block === undefined)
      throw new TarError('TAR_TRUNCATED', 'archive ends in the map of a sparse file', { offset: bounds.offset })
    const lines = (text + decodeText(block)).split('\n')
    text = lines.pop() ?? ''
    for (const line of lines) {
      if (numbers.length === wanted) break
      const number = decimal(line, bounds.offset)
      if (wanted !== undefined) numbers.push(number)
      else wanted = 2 * number
      if ((wanted ?? 0) > bounds.most) throw tooMany(bounds)
    }
    if (numbers.length !== wanted && text.length > longestNumber) throw badMap(bounds.offset)
  }
  return numbers
}

/**
 * The oldest format: four parts in the header, more in as many further blocks as say that there is
 * another.
 */
async function readOldMap(
  reader: ByteReader,
  header: Uint8Array | undefined,
  bounds: Bounds,
): Promise<{ readonly size: number; readonly numbers: readonly number[] }> {
  const { offset } = bounds
  if (header === undefined)
    throw new TarError('TAR_UNSUPPORTED', 'sparse file is not in the format of GNU tar', { offset })
  const size = parseNumber(header, { from: 483, to: 495, offset })
  const numbers = [...oldMapOf(header, { from: 386, to: 482, offset })]
  for (let isExtended = header[482] !== 0; isExtended; ) {
    const block = await reader.read(blockSize)
    if (block === undefined) throw new TarError('TAR_TRUNCATED', 'archive ends in the map of a sparse file', { offset })
    for (const number of oldMapOf(block, { from: 0, to: 504, offset })) numbers.push(number)
    if (numbers.length > bounds.most) throw tooMany(bounds)
    isExtended = block[504] !== 0
  }
  return { size, numbers }
}

/** Pairs of start and length, 12 bytes each, up to the first that is empty. */
function* oldMapOf(
  block: Uint8Array,
  { from, to, offset }: Parameters<typeof parseNumber>[1],
): Generator<number, void, undefined> {
  for (let at = from; at < to && block[at] !== 0; at += 24) {
    yield parseNumber(block, { from: at, to: at + 12, offset })
    yield parseNumber(block, { from: at + 12, to: at + 24, offset })
  }
}

/**
 * The map, when its parts are in order, lie in the file, and are all that the archive holds of it.
 */
function checked(
  numbers: readonly number[],
  { size, bytes, offset }: { readonly size: number; readonly bytes: number; readonly offset: number },
): Extents {
  const stored: { start: number; length: number }[] = []
  let end = 0
  let sum = 0
  for (let at = 0; at < numbers.length; at += 2) {
    const [start = -1, length = -1] = [numbers[at], numbers[at + 1]]
    if (start < end || length < 0 || !(start + length <= size)) throw badMap(offset)
    end = start + length
    sum += length
    if (length > 0) stored.push({ start, length })
  }
  if (sum !== bytes || size < 0) throw badMap(offset)
  return stored
}

function decimal(word: string, offset: number): number {
  const number = /^\d{1,16}$/.test(word) ? Number(word) : Number.NaN
  if (Number.isSafeInteger(number)) return number
  throw badMap(offset)
}

function decodeText(bytes: Uint8Array | undefined): string | undefined {
  return bytes && Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1')
}

function badMap(offset: number): TarError {
  return new TarError('TAR_INVALID', 'map of a sparse file does not fit the file', { offset })
}

function tooMany({ offset }: Bounds): TarError {
  return new TarError('TAR_TOO_LARGE', `sparse files have more than ${mostExtents} parts`, { offset })
}
