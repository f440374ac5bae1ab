import { crc32 } from 'node:zlib'
import { type Digest, hexOf } from '@tsbuild/oci'
import type { LocatedChange } from '../model/diff.ts'
import type { EntryOf, LocatedContent } from '../model/entry.ts'
import { headerSize, indexVersion, kinds, magic, opaqueFlag, sparseFlag, xattrsFlag } from './index-format.ts'
import { VarintWriter } from './varint.ts'

/** Bytes of a SHA-256. */
const digestSize = 32

/** Compact record of a layer's changes, for `decodeIndex`; the format has a version in it. */
export function encodeIndex(located: Iterable<LocatedChange>): Uint8Array {
  const index = new IndexWriter()
  for (const change of located) index.add(change)
  return index.bytes()
}

/** `encodeIndex` for changes that come one by one, none of which is kept. */
export class IndexWriter {
  readonly #columns: Columns = { numbers: new VarintWriter(), texts: new TextColumn(), digests: new DigestColumn() }
  #count = 0

  add(change: LocatedChange): void {
    writeChange(this.#columns, change)
    this.#count += 1
  }

  bytes(): Uint8Array {
    const { numbers, texts, digests } = this.#columns
    const text = texts.whole()
    const isNarrow = /^[\0-\xff]*$/.test(text)
    const parts = [digests.whole(), numbers.bytes(), Buffer.from(text, isNarrow ? 'latin1' : 'utf16le')] as const
    const header = Buffer.alloc(headerSize)
    header.write(magic, 0, 'latin1')
    header[7] = indexVersion
    for (const [index, value] of [this.#count, ...parts.map((part) => part.length), isNarrow ? 1 : 2].entries())
      header.writeUInt32LE(value, 12 + index * 4)
    const whole = Buffer.concat([header, ...parts])
    whole.writeUInt32LE(crc32(whole.subarray(12)), 8)
    return whole
  }
}

interface Columns {
  readonly numbers: VarintWriter
  readonly texts: TextColumn
  readonly digests: DigestColumn
}

/** Gathers texts in few long strings: those given are not kept. */
class TextColumn {
  readonly #parts: string[] = []
  readonly #latest: string[] = []

  push(text: string): void {
    if (this.#latest.push(text) === 1024) this.#gather()
  }

  whole(): string {
    this.#gather()
    return this.#parts.join('')
  }

  #gather(): void {
    this.#parts.push(this.#latest.splice(0).join(''))
  }
}

/** Gathers digests as bytes. */
class DigestColumn {
  #bytes = Buffer.alloc(0)
  #end = 0

  push(digest: Digest): void {
    if (this.#end === this.#bytes.length) this.#bytes = Buffer.concat([this.#bytes], 2 * this.#end + 128 * digestSize)
    this.#end += this.#bytes.write(hexOf(digest), this.#end, 'hex')
  }

  whole(): Buffer {
    return this.#bytes.subarray(0, this.#end)
  }
}

function writeChange(columns: Columns, { path, change }: LocatedChange): void {
  if (change.type === 'remove') {
    columns.numbers.write(kinds.indexOf('remove'))
    writeText(columns, path)
    return
  }
  const { entry } = change
  const flags = (change.opaque === true ? opaqueFlag : 0) | (entry.xattrs === undefined ? 0 : xattrsFlag)
  const stored = entry.type === 'file' ? entry.content.stored : undefined
  columns.numbers.write(kinds.indexOf(entry.type) | flags | (stored === undefined ? 0 : sparseFlag))
  writeText(columns, path)
  for (const value of [entry.mode, entry.uid, entry.gid, entry.mtime]) columns.numbers.write(value)
  if (entry.xattrs !== undefined) writeXattrs(columns, entry.xattrs)
  writeKind(columns, entry)
  if (stored !== undefined)
    for (const value of [stored.length, ...stored.flatMap(({ start, length }) => [start, length])])
      columns.numbers.write(value)
}

function writeKind(columns: Columns, entry: EntryOf<LocatedContent>): void {
  switch (entry.type) {
    case 'file':
      columns.numbers.write(entry.content.size)
      columns.numbers.write(entry.content.offset)
      columns.digests.push(entry.content.digest)
      return
    case 'symlink':
    case 'hardlink':
      writeText(columns, entry.target)
      return
    case 'device':
      columns.numbers.write(entry.kind === 'block' ? 1 : 0)
      columns.numbers.write(entry.major)
      columns.numbers.write(entry.minor)
      return
    case 'directory':
    case 'fifo':
  }
}

function writeXattrs(columns: Columns, xattrs: ReadonlyMap<string, Uint8Array>): void {
  columns.numbers.write(xattrs.size)
  for (const [name, value] of xattrs) {
    writeText(columns, name)
    writeText(columns, Buffer.from(value).toString('latin1'))
  }
}

function writeText(columns: Columns, text: string): void {
  columns.numbers.write(text.length)
  columns.texts.push(text)
}
