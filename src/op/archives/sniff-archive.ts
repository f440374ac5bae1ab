import { type Bytes, decompress, sniffCompression } from '@tsbuild/content'
import { defaultGrowth, type Growth, withinGrowth } from '../transfer/growth.ts'

/** Compressions of an archive: those of layers, and those of ADD and contexts only. */
export type ArchiveCompression = 'none' | 'gzip' | 'zstd' | 'bzip2' | 'xz'

/**
 * Kind of a stream, and all of its bytes, decompressed. A reader that stops early must `return` it.
 */
export interface SniffedArchive {
  readonly isTar: boolean
  readonly plain: Bytes
}

const blockSize = 512

/**
 * Detects a tar archive, compressed or not, by its content. Names and endings do not count. Data
 * that cannot be decompressed is not an archive. Reading `plain` throws `SourceError`
 * `SOURCE_TOO_LARGE` if it grows more than archives of files do.
 */
export async function sniffArchive(stream: Bytes, growth: Growth = defaultGrowth): Promise<SniffedArchive> {
  const { head, all } = await peek(stream, 6)
  const compression = detectCompression(head)
  const { head: block, all: plain } = await peek(
    compression === 'none' ? all : await bounded(all, (bytes) => decompressArchive(bytes, compression), growth),
    blockSize,
  )
  return { isTar: isTarHeader(block), plain }
}

/** Passes bytes through a decoder as long as they grow within bounds. */
async function bounded(stream: Bytes, decode: (bytes: Bytes) => Promise<Bytes>, growth: Growth): Promise<Bytes> {
  let read = 0
  const plain = await decode(
    each(stream, ({ length }) => {
      read += length
    }),
  )
  return withinGrowth(plain, growth, { what: 'an archive', read: () => read })
}

async function* each(stream: Bytes, look: (chunk: Uint8Array) => void): AsyncGenerator<Uint8Array> {
  for await (const chunk of stream) {
    look(chunk)
    yield chunk
  }
}

function detectCompression(head: Uint8Array): ArchiveCompression {
  const hex = Buffer.from(head.subarray(0, 6)).toString('hex')
  if (hex === 'fd377a585a00') return 'xz'
  if (hex.startsWith('425a68')) return 'bzip2'
  return sniffCompression(head)
}

/** Decoders that Node lacks are libraries, loaded when an archive needs one. */
async function decompressArchive(stream: Bytes, compression: ArchiveCompression): Promise<Bytes> {
  switch (compression) {
    case 'xz': {
      const { default: xz } = await import('xz-decompress')
      return new xz.XzReadableStream(ReadableStream.from(stream))
    }
    case 'bzip2': {
      const { default: bunzip2 } = await import('unbzip2-stream')
      const { PassThrough, Readable } = await import('node:stream')
      // The decoder is a stream of Node's first kind, which only `pipe` understands.
      const source = Readable.from(stream)
      const plain = new PassThrough()
      source.on('error', (error) => plain.destroy(error))
      source.pipe(bunzip2().on('error', (error) => plain.destroy(error))).pipe(plain)
      return plain.on('close', () => source.destroy())
    }
    default:
      return decompress(stream, compression)
  }
}

/**
 * Reads at least `size` bytes, where there are so many, and gives them and the whole stream. An
 * error while peeking occurs again when the stream is read.
 */
async function peek(stream: Bytes, size: number): Promise<{ readonly head: Uint8Array; readonly all: Bytes }> {
  const iterator = stream[Symbol.asyncIterator]()
  const chunks: Uint8Array[] = []
  let failure: { readonly error: unknown } | undefined
  try {
    for (let length = 0; length < size; ) {
      const { done, value } = await iterator.next()
      if (done) break
      chunks.push(value)
      length += value.length
    }
  } catch (error) {
    failure = { error }
  }
  const head = Buffer.concat(chunks)
  const all: AsyncIterator<Uint8Array> = {
    next: async () => {
      const value = chunks.shift()
      if (value) return { done: false, value }
      if (failure) throw failure.error
      return iterator.next()
    },
    // Unlike a generator, also before the first read, because the file is open already.
    return: async () => (await iterator.return?.()) ?? { done: true, value: undefined },
  }
  return { head, all: { [Symbol.asyncIterator]: () => all } }
}

/**
 * A tar starts with a header whose checksum fits: the sum of all bytes, those of the checksum taken
 * as blanks (POSIX, ustar interchange format).
 */
function isTarHeader(block: Uint8Array): boolean {
  if (block.length < blockSize) return false
  const told = Number.parseInt(Buffer.from(block.subarray(148, 156)).toString('latin1').replace(/\0.*$/s, '').trim(), 8)
  return (
    told ===
    block.subarray(0, blockSize).reduce((sum, byte, index) => sum + (index >= 148 && index < 156 ? 32 : byte), 0)
  )
}
