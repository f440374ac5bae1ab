import { crc32 } from 'node:zlib'
import type { Digest } from '@tsbuild/oci'
import type { Extent } from '@tsbuild/tar'
import type { Change, Diff } from '../model/diff.ts'
import type { Entry, FileContent, LocatedContent, Metadata, Path } from '../model/entry.ts'
import { TreeError } from '../model/errors.ts'
import { headerSize, indexVersion, kindMask, kinds, magic, opaqueFlag, sparseFlag, xattrsFlag } from './index-format.ts'
import { VarintReader } from './varint.ts'

/**
 * Reads the content of a file whose place in a layer's tar is known; must throw when the bytes are
 * not those of the digest.
 */
export type OpenAt = (place: LocatedContent) => AsyncIterable<Uint8Array>

/** The tar that an index is of. */
export interface IndexedTar {
  readonly open: OpenAt
  /** Its bytes from `start`, fewer than `length` where it ends, not verified. */
  readAt(start: number, length: number): Promise<Buffer>
}

/**
 * The diff an index records; contents are read from `tar` when they are opened. Throws `TreeError`
 * `INDEX_CORRUPT` for anything `encodeIndex` did not write.
 */
export function decodeIndex(bytes: Uint8Array, tar: IndexedTar): Diff {
  const index = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (index.length < headerSize || index.toString('latin1', 0, 7) !== magic) throw corrupt('it is not an index')
  if (index[7] !== indexVersion) throw corrupt(`its version is ${index[7]}, not ${indexVersion}`)
  if (index.readUInt32LE(8) !== crc32(index.subarray(12))) throw corrupt('its checksum is wrong')
  const [count = 0, digestBytes = 0, numberBytes = 0, textBytes = 0, width = 0] = [12, 16, 20, 24, 28].map((at) =>
    index.readUInt32LE(at),
  )
  const numbersAt = headerSize + digestBytes
  const textAt = numbersAt + numberBytes
  if (textAt + textBytes !== index.length) throw corrupt('its parts do not add up')
  const reader = new ChangeReader({
    digests: index.toString('hex', headerSize, numbersAt),
    numbers: new VarintReader(index.subarray(numbersAt, textAt)),
    text: index.toString(width === 1 ? 'latin1' : 'utf16le', textAt),
    tar,
  })
  const diff = new Map<Path, Change>()
  for (let read = 0; read < count; read += 1) {
    const { path, change } = reader.read()
    diff.set(path, change)
  }
  if (!reader.isAtEnd() || diff.size !== count) throw corrupt('its parts do not add up')
  return diff
}

const digestDigits = 64

interface Columns {
  readonly digests: string
  readonly numbers: VarintReader
  readonly text: string
  readonly tar: IndexedTar
}

class ChangeReader {
  readonly #columns: Columns
  readonly #numbers: VarintReader
  #textAt = 0
  #digestAt = 0

  constructor(columns: Columns) {
    this.#columns = columns
    this.#numbers = columns.numbers
  }

  read(): { readonly path: Path; readonly change: Change } {
    const tag = this.#number()
    const kind = kinds[tag & kindMask]
    const path = this.#text()
    if (kind === undefined) throw corrupt(`it has a change of kind ${tag & kindMask}`)
    if (kind === 'remove') return { path, change: { type: 'remove' } }
    const plain = this.#entry(kind, (tag & xattrsFlag) !== 0)
    const entry = tag & sparseFlag && plain.type === 'file' ? { ...plain, content: this.#sparse(plain.content) } : plain
    return { path, change: tag & opaqueFlag ? { type: 'set', entry, opaque: true } : { type: 'set', entry } }
  }

  isAtEnd(): boolean {
    return (
      this.#numbers.isAtEnd() &&
      this.#textAt === this.#columns.text.length &&
      this.#digestAt === this.#columns.digests.length
    )
  }

  #entry(type: Entry['type'], hasXattrs: boolean): Entry {
    const mode = this.#number()
    const uid = this.#number()
    const gid = this.#number()
    const mtime = this.#number()
    // Written out, because almost every change is this one, and copying the metadata takes as long
    // as reading it.
    if (type === 'file' && !hasXattrs) return { type, mode, uid, gid, mtime, content: this.#content() }
    const metadata: Metadata = hasXattrs ? { mode, uid, gid, mtime, xattrs: this.#xattrs() } : { mode, uid, gid, mtime }
    switch (type) {
      case 'file':
        return { ...metadata, type, content: this.#content() }
      case 'symlink':
      case 'hardlink':
        return { ...metadata, type, target: this.#text() }
      case 'device':
        return {
          ...metadata,
          type,
          kind: this.#number() === 1 ? 'block' : 'character',
          major: this.#number(),
          minor: this.#number(),
        }
      case 'directory':
      case 'fifo':
        return { ...metadata, type }
    }
  }

  #content(): FileContent {
    const place = { size: this.#number(), offset: this.#number(), digestAt: this.#digestAt }
    this.#digestAt += digestDigits
    if (this.#digestAt > this.#columns.digests.length) throw corrupt('its digests end early')
    return new IndexedContent(this.#columns, place)
  }

  /** The content with the map that follows it. */
  #sparse(content: FileContent): FileContent {
    if (!(content instanceof IndexedContent)) throw corrupt('a map follows no content')
    const stored: Extent[] = []
    for (let left = this.#number(); left > 0; left -= 1) stored.push({ start: this.#number(), length: this.#number() })
    const place: LocatedContent = { size: content.size, digest: content.digest, offset: content.offset, stored }
    return { ...place, open: () => this.#columns.tar.open(place) }
  }

  #xattrs(): ReadonlyMap<string, Uint8Array> {
    const xattrs = new Map<string, Uint8Array>()
    for (let left = this.#number(); left > 0; left -= 1) {
      const name = this.#text()
      xattrs.set(name, Uint8Array.from(Buffer.from(this.#text(), 'latin1')))
    }
    return xattrs
  }

  #number(): number {
    const value = this.#numbers.read()
    if (!Number.isSafeInteger(value)) throw corrupt('its numbers end early')
    return value
  }

  #text(): string {
    const end = this.#textAt + this.#number()
    if (end > this.#columns.text.length) throw corrupt('its text ends early')
    const text = this.#columns.text.slice(this.#textAt, end)
    this.#textAt = end
    return text
  }
}

/**
 * Content of a file in a layer's tar. Its digest is formatted on first use: most are never used.
 */
class IndexedContent implements FileContent {
  readonly size: number
  /** Byte of the tar it starts at. */
  readonly offset: number
  readonly #columns: Columns
  readonly #digestAt: number

  constructor(columns: Columns, place: { readonly size: number; readonly offset: number; readonly digestAt: number }) {
    this.size = place.size
    this.#columns = columns
    this.offset = place.offset
    this.#digestAt = place.digestAt
  }

  get digest(): Digest {
    return `sha256:${this.#columns.digests.slice(this.#digestAt, this.#digestAt + digestDigits)}`
  }

  open(): AsyncIterable<Uint8Array> {
    return this.#columns.tar.open({ offset: this.offset, size: this.size, digest: this.digest })
  }

  readAt(start: number, length: number): Promise<Buffer> {
    return this.#columns.tar.readAt(this.offset + start, Math.max(0, Math.min(length, this.size - start)))
  }
}

function corrupt(why: string): TreeError {
  return new TreeError('INDEX_CORRUPT', `cannot read the index of a layer: ${why}`)
}
