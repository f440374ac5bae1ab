import { ByteReader } from './byte-reader.ts'
import { decodeEntry, type LongNames } from './decode-entry.ts'
import type { TarEntry } from './entry.ts'
import { TarError } from './errors.ts'
import { blockSize, type Header, isZeroBlock, paddingSize, parseHeader } from './header.ts'
import { type Extents, holeBytes, piecesOf } from './extents.ts'
import { parsePax } from './pax.ts'
import { HoleBudget, readSparse } from './sparse.ts'

export interface ReadTarOptions {
  /**
   * Headers an archive may have, extended ones included; default 4 million. More throw
   * `TAR_TOO_LARGE`.
   */
  readonly maxEntries?: number
}

/** An entry as it passes by. */
export interface TarItem {
  readonly entry: TarEntry
  /** Byte of the archive its body starts at. */
  readonly offset: number
  /**
   * Parts of a sparse file that the archive holds, one behind the other; absent where it holds all.
   */
  readonly stored?: Extents
  /**
   * Its bytes, readable once and only until the next entry is requested; unread bytes are skipped.
   * Chunks are views, not copies.
   */
  readonly body: AsyncIterable<Uint8Array>
}

const longestExtension = 1 << 20

/**
 * Entries of an archive in order, while it streams: POSIX ustar and pax, old v7, GNU long names and
 * base-256 numbers. Global extended headers are skipped, sparse files of GNU tar expanded. When the
 * archive has ended the rest of the stream is read too, so that a digest computed on the way covers
 * every byte. Throws `TarError`, with the offset, for anything malformed, cut off or beyond the
 * bounds.
 */
export async function* readTar(
  bytes: AsyncIterable<Uint8Array>,
  options: ReadTarOptions = {},
): AsyncGenerator<TarItem, void, undefined> {
  const reader = new ByteReader(bytes)
  const maxEntries = options.maxEntries ?? 4_000_000
  let long: LongNames = {}
  let isDone = false
  let extents = 0
  const holes = new HoleBudget()
  try {
    for (let count = 0; ; count += 1) {
      const start = reader.offset
      const header = await readHeader(reader)
      if (header === undefined) break
      if (count >= maxEntries)
        throw new TarError('TAR_TOO_LARGE', `archive has more than ${maxEntries} headers`, { offset: start })
      const extension = await readExtension(reader, { header, start })
      if (extension !== undefined) {
        long = { ...long, ...extension }
        continue
      }
      const { entry, size } = decodeEntry(header, long, start)
      const sparse = await readSparse(reader, { header, pax: long.pax, size, offset: start }, extents)
      long = {}
      const body = new Body(reader, sparse ?? { size, bytes: size }, (length) =>
        holes.take(length, reader.offset, start),
      )
      if (sparse === undefined) yield { entry, offset: reader.offset, body }
      else if (entry.type !== 'file')
        throw new TarError('TAR_INVALID', 'only regular files can be sparse', { offset: start })
      else yield { entry: { ...entry, size: sparse.size }, offset: reader.offset, stored: sparse.stored, body }
      extents += sparse?.stored.length ?? 0
      await body.skip()
    }
    await reader.drain()
    isDone = true
  } finally {
    if (!isDone) await reader.close()
  }
}

/**
 * The next header, or `undefined` at the end: two zero blocks, or the end of the stream in place of
 * a header, as Go and GNU tar accept it.
 */
async function readHeader(reader: ByteReader): Promise<Header | undefined> {
  const start = reader.offset
  const block = reader.tryRead(blockSize) ?? (await reader.read(blockSize))
  if (block === undefined) return undefined
  if (!isZeroBlock(block)) return parseHeader(block, start)
  const second = await reader.read(blockSize)
  if (second === undefined || isZeroBlock(second)) return undefined
  throw new TarError('TAR_INVALID', 'archive goes on after a block of zeros', { offset: start })
}

/**
 * Facts from a header that describes the following entry; `undefined` for the header of an entry
 * itself.
 */
async function readExtension(
  reader: ByteReader,
  at: { readonly header: Header; readonly start: number },
): Promise<LongNames | undefined> {
  const { flag, size } = at.header
  if (flag !== 'x' && flag !== 'g' && flag !== 'L' && flag !== 'K') return undefined
  if (size < 0 || size > longestExtension) {
    throw new TarError('TAR_TOO_LARGE', `extended header of ${size} bytes; at most ${longestExtension} are read`, {
      offset: at.start,
    })
  }
  const data = await reader.read(size + paddingSize(size))
  if (data === undefined && size > 0)
    throw new TarError('TAR_TRUNCATED', 'archive ends in an extended header', { offset: at.start })
  const content = (data ?? Buffer.alloc(0)).subarray(0, size)
  switch (flag) {
    case 'x':
      return { pax: parsePax(content, at.start + blockSize) }
    case 'g':
      return {}
    case 'L':
      return { path: untilNul(content) }
    case 'K':
      return { link: untilNul(content) }
  }
}

function untilNul(data: Uint8Array): Uint8Array {
  const end = data.indexOf(0)
  return end < 0 ? data : data.subarray(0, end)
}

/** Bytes of a file, `bytes` of them in the archive. */
interface BodyPlan {
  readonly size: number
  readonly bytes: number
  readonly stored?: Extents
}

class Body implements AsyncIterable<Uint8Array> {
  readonly #reader: ByteReader
  readonly #plan: BodyPlan
  readonly #onHole: (length: number) => void
  #left: number
  #isRead = false
  #isPast = false

  constructor(reader: ByteReader, plan: BodyPlan, onHole: (length: number) => void) {
    this.#reader = reader
    this.#plan = plan
    this.#onHole = onHole
    this.#left = plan.bytes
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void, undefined> {
    if (this.#isPast || this.#isRead)
      throw new TypeError('the body of a tar entry can be read once, before the next entry')
    this.#isRead = true
    for (const { length, isHole } of piecesOf(this.#plan.size, this.#plan.stored)) {
      if (isHole) yield* this.#hole(length)
      for (let left = isHole ? 0 : length; left > 0; ) {
        const part = await this.#next(left)
        left -= part.length
        yield part
      }
    }
  }

  /** Leaves the reader at the next header. */
  async skip(): Promise<void> {
    while (this.#left > 0) await this.#next(this.#left)
    this.#isPast = true
    const padding = paddingSize(this.#plan.bytes)
    if (padding === 0 || this.#reader.tryRead(padding) !== undefined) return
    if ((await this.#reader.read(padding)) === undefined) throw this.#truncated()
  }

  *#hole(length: number): Generator<Uint8Array, void, undefined> {
    for (const zeros of holeBytes(length)) {
      this.#onHole(zeros.length)
      yield zeros
    }
  }

  async #next(most: number): Promise<Uint8Array> {
    if (this.#isPast) throw new TypeError('the body of a tar entry ended with the request for the next entry')
    const part = await this.#reader.readSome(most)
    if (part === undefined) throw this.#truncated()
    this.#left -= part.length
    return part
  }

  #truncated(): TarError {
    return new TarError('TAR_TRUNCATED', 'archive ends inside an entry', { offset: this.#reader.offset })
  }
}
