import { type Bytes, decompress, sniffCompression } from '@tsbuild/content'

/** How an archive can be compressed: what layers may be, and what only ADD and contexts meet. */
export type ArchiveCompression = 'none' | 'gzip' | 'zstd' | 'bzip2' | 'xz'

/** What a stream turned out to be, and all of it, decompressed. */
export interface SniffedArchive {
  readonly isTar: boolean
  readonly plain: Bytes
}

const blockSize = 512

/** Tells by content whether a stream is a tar archive, compressed or not; names and endings do not count. What cannot be decompressed is none. */
export async function sniffArchive(stream: Bytes): Promise<SniffedArchive> {
  const { head, all } = await peek(stream, 6)
  const { head: block, all: plain } = await peek(await decompressArchive(all, compressionOf(head)), blockSize)
  return { isTar: isTarHeader(block), plain }
}

function compressionOf(head: Uint8Array): ArchiveCompression {
  const hex = Buffer.from(head.subarray(0, 6)).toString('hex')
  if (hex === 'fd377a585a00') return 'xz'
  if (hex.startsWith('425a68')) return 'bzip2'
  return sniffCompression(head)
}

/** Decoders that Node lacks are libraries, loaded when an archive needs one. */
async function decompressArchive(stream: Bytes, compression: ArchiveCompression): Promise<Bytes> {
  switch (compression) {
    case 'xz': {
      const { XzReadableStream } = await import('xz-decompress')
      return new XzReadableStream(ReadableStream.from(stream))
    }
    case 'bzip2': {
      const { default: bunzip2 } = await import('unbzip2-stream')
      const { Readable } = await import('node:stream')
      const decoder = bunzip2()
      const source = Readable.from(stream)
      source.on('error', (error) => decoder.emit('error', error))
      return Readable.from(new Readable().wrap(source.pipe(decoder)))
    }
    default:
      return decompress(stream, compression)
  }
}

/** Reads at least `size` bytes, where there are so many, and gives them and the whole stream. What fails while peeking fails again when read. */
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
  async function* all(): AsyncGenerator<Uint8Array> {
    yield* chunks
    if (failure) throw failure.error
    yield* { [Symbol.asyncIterator]: () => iterator }
  }
  return { head: Buffer.concat(chunks), all: all() }
}

/** A tar starts with a header whose checksum fits: the sum of all bytes, those of the checksum taken as blanks (POSIX, ustar interchange format). */
function isTarHeader(block: Uint8Array): boolean {
  if (block.length < blockSize) return false
  const told = Number.parseInt(Buffer.from(block.subarray(148, 156)).toString('latin1').replace(/\0.*$/s, '').trim(), 8)
  return told === block.subarray(0, blockSize).reduce((sum, byte, index) => sum + (index >= 148 && index < 156 ? 32 : byte), 0)
}
