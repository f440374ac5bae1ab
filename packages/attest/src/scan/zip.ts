import { promisify } from 'node:util'
import { inflateRaw } from 'node:zlib'

const inflate = promisify(inflateRaw)

/** Bytes that can be read in any order. */
export interface Slice {
  readonly size: number
  /** Fewer than `length` where the bytes end. */
  read(start: number, length: number): Promise<Buffer>
}

/** A file in a zip archive (APPNOTE 4.3). */
export interface ZipEntry {
  readonly name: string
  readonly isStored: boolean
  readonly compressedSize: number
  readonly size: number
  /** Offset of its own header. */
  readonly headerAt: number
}

const end = { signature: 0x06054b50, size: 22, longestComment: 0xffff }
const directory = { signature: 0x02014b50, size: 46, most: 32 << 20 }
const header = { signature: 0x04034b50, size: 30 }

/**
 * Lists the entries of an archive, from its directory. Throws for other files, and for archives of
 * 4 GiB and more.
 */
export async function zipEntries(zip: Slice): Promise<readonly ZipEntry[]> {
  const tailAt = Math.max(0, zip.size - end.size - end.longestComment)
  const tail = await zip.read(tailAt, zip.size - tailAt)
  const at = lastSignature(tail)
  const size = tail.readUInt32LE(at + 12)
  const offset = tail.readUInt32LE(at + 16)
  // Programs may lie before the archive: places in it count from where it really starts.
  const shift = tailAt + at - size - offset
  if (shift < 0 || size > directory.most) throw new Error('its directory has an impossible size')
  return [...directoryEntries(await zip.read(offset + shift, size), shift)]
}

/**
 * The bytes of an entry: a part of the archive where it is stored, else inflated. Throws when there
 * are more than `most`.
 */
export async function openZipEntry(zip: Slice, entry: ZipEntry, most: number): Promise<Slice> {
  const own = await zip.read(entry.headerAt, header.size)
  if (own.length < header.size || own.readUInt32LE(0) !== header.signature)
    throw new Error(`"${entry.name}" in it is not where it should be`)
  const start = entry.headerAt + header.size + own.readUInt16LE(26) + own.readUInt16LE(28)
  if (entry.isStored) return subslice(zip, start, Math.min(entry.compressedSize, zip.size - start))
  if (entry.size > most) throw new Error(`"${entry.name}" in it has ${entry.size} bytes, at most ${most} are read`)
  const bytes = await inflate(await zip.read(start, entry.compressedSize), { maxOutputLength: Math.max(1, entry.size) })
  return { size: bytes.length, read: async (from, length) => bytes.subarray(from, from + length) }
}

function subslice(zip: Slice, start: number, size: number): Slice {
  return { size, read: (from, length) => zip.read(start + from, Math.max(0, Math.min(length, size - from))) }
}

function lastSignature(tail: Buffer): number {
  for (let at = tail.length - end.size; at >= 0; at -= 1) if (tail.readUInt32LE(at) === end.signature) return at
  throw new Error('it is not a zip archive')
}

function* directoryEntries(bytes: Buffer, shift: number): Generator<ZipEntry> {
  for (let at = 0; at + directory.size <= bytes.length && bytes.readUInt32LE(at) === directory.signature; ) {
    const nameEnd = at + directory.size + bytes.readUInt16LE(at + 28)
    yield {
      name: bytes.toString('utf8', at + directory.size, nameEnd),
      isStored: bytes.readUInt16LE(at + 10) === 0,
      compressedSize: bytes.readUInt32LE(at + 20),
      size: bytes.readUInt32LE(at + 24),
      headerAt: bytes.readUInt32LE(at + 42) + shift,
    }
    at = nameEnd + bytes.readUInt16LE(at + 30) + bytes.readUInt16LE(at + 32)
  }
}
