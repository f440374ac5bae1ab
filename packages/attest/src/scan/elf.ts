import type { FileReader, ScannedFile } from './file-reader.ts'

/** Place in a file. */
export interface Extent {
  readonly start: number
  readonly size: number
}

const magic = Buffer.from('\x7fELF', 'latin1')
const mostSections = 4096
const mostNames = 1 << 20

/**
 * Offsets of the fields that lead to the sections, for files of 32 and of 64 bits (System V ABI,
 * chapter 4).
 */
const layouts = {
  32: { table: 0x20, entrySize: 0x2e, count: 0x30, names: 0x32, offset: 16, size: 20, least: 40, word: 4 },
  64: { table: 0x28, entrySize: 0x3a, count: 0x3c, names: 0x3e, offset: 24, size: 32, least: 64, word: 8 },
} as const

/**
 * The sections of an ELF file by name; undefined when it is something else. Throws when the tables
 * are not inside the file.
 */
export async function elfSections(
  file: ScannedFile,
  files: FileReader,
): Promise<ReadonlyMap<string, Extent> | undefined> {
  const head = await files.head(file, 64)
  if (head.length < 64 || !head.subarray(0, 4).equals(magic)) return undefined
  const layout = layouts[head[4] === 1 ? 32 : 64]
  const little = head[5] !== 2
  const read = (from: Buffer, at: number, bytes: number): number => {
    const text = from.subarray(at, at + bytes)
    const value = little
      ? text.readUIntLE(0, Math.min(bytes, 6))
      : text.readUIntBE(Math.max(0, bytes - 6), Math.min(bytes, 6))
    return value
  }
  const count = read(head, layout.count, 2)
  const entrySize = read(head, layout.entrySize, 2)
  if (count === 0) return new Map()
  if (count > mostSections || entrySize < layout.least || entrySize > 1024)
    throw new Error('it has a section table of an odd size')
  const table = await files.slice(file, read(head, layout.table, layout.word), count * entrySize)
  if (table.length < count * entrySize) throw new Error('its section table lies outside of it')
  const extentAt = (index: number): Extent => ({
    start: read(table, index * entrySize + layout.offset, layout.word),
    size: read(table, index * entrySize + layout.size, layout.word),
  })
  const nameIndex = read(head, layout.names, 2)
  if (nameIndex >= count) return new Map()
  const { start, size } = extentAt(nameIndex)
  const names = await files.slice(file, start, Math.min(size, mostNames))
  const sections = new Map<string, Extent>()
  for (let index = 0; index < count; index += 1) {
    const at = read(table, index * entrySize, 4)
    const end = names.indexOf(0, at)
    if (at < names.length && end >= at) sections.set(names.toString('latin1', at, end), extentAt(index))
  }
  return sections
}
