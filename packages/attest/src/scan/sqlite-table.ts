const mostDepth = 32

/**
 * The values of one column of every row of a table, in order of the rows, read straight from the
 * pages of an SQLite 3 database: rpm keeps its packages in one
 * (https://www.sqlite.org/fileformat2.html). Throws for what is not such a file, or not whole.
 */
export function* sqliteColumn(database: Buffer, table: string, column: number): Generator<Buffer> {
  if (database.toString('latin1', 0, 16) !== 'SQLite format 3\0') throw new Error('it is not an SQLite database')
  const stored = database.readUInt16BE(16)
  const pageSize = stored === 1 ? 65536 : stored
  if (pageSize < 512) throw new Error('its pages have an impossible size')
  const pages: Pages = { database, pageSize, usable: pageSize - (database[20] ?? 0), seen: new Set() }
  for (const row of tableRows(pages, 1)) {
    // sqlite_schema: type, name, tbl_name, rootpage, sql
    const columns = readRecord(row)
    if (columns[0]?.toString() !== 'table' || columns[1]?.toString() !== table) continue
    const root = columns[3]
    for (const record of tableRows(pages, root === undefined ? 0 : root.readUIntBE(0, root.length))) {
      const value = readRecord(record)[column]
      if (value !== undefined) yield value
    }
    return
  }
  throw new Error(`it has no table ${table}`)
}

interface Pages {
  readonly database: Buffer
  readonly pageSize: number
  /** Bytes of a page that hold something. */
  readonly usable: number
  /** Pages of trees that were visited: in a whole database each is once. */
  readonly seen: Set<number>
}

/** The payloads of a table's rows. */
function* tableRows(pages: Pages, page: number, depth = 0): Generator<Buffer> {
  if (depth > mostDepth || pages.seen.has(page)) throw new Error('its pages form a cycle')
  pages.seen.add(page)
  const bytes = pageAt(pages, page)
  const header = page === 1 ? 100 : 0
  const kind = bytes[header]
  if (kind !== 5 && kind !== 13) throw new Error('a page of its table has an unknown type')
  const cells = bytes.readUInt16BE(header + 3)
  const pointers = header + (kind === 5 ? 12 : 8)
  for (let cell = 0; cell < cells; cell += 1) {
    const at = bytes.readUInt16BE(pointers + 2 * cell)
    if (kind === 5) yield* tableRows(pages, bytes.readUInt32BE(at), depth + 1)
    else yield readPayload(pages, bytes, at)
  }
  if (kind === 5) yield* tableRows(pages, bytes.readUInt32BE(header + 8), depth + 1)
}

function pageAt({ database, pageSize }: Pages, page: number): Buffer {
  const bytes = database.subarray((page - 1) * pageSize, page * pageSize)
  if (page < 1 || bytes.length < pageSize) throw new Error(`its page ${page} is missing`)
  return bytes
}

/**
 * A row: its size, its number, and as much of it as fits; the rest is on a chain of further pages.
 */
function readPayload(pages: Pages, bytes: Buffer, at: number): Buffer {
  const [size, afterSize] = readVarint(bytes, at)
  const [, start] = readVarint(bytes, afterSize)
  const { usable } = pages
  const least = Math.floor(((usable - 12) * 32) / 255) - 23
  const rest = least + ((size - least) % (usable - 4))
  const local = size <= usable - 35 ? size : rest <= usable - 35 ? rest : least
  if (size > pages.database.length) throw new Error('a row is larger than the database')
  const parts = [bytes.subarray(start, start + local)]
  let next = local < size ? bytes.readUInt32BE(start + local) : 0
  for (let done = local; done < size; ) {
    const page = pageAt(pages, next)
    const part = page.subarray(4, 4 + Math.min(usable - 4, size - done))
    parts.push(part)
    done += part.length
    next = page.readUInt32BE(0)
  }
  return Buffer.concat(parts)
}

/**
 * The columns of a record as bytes: blobs and texts as they are, integers big-endian, undefined for
 * everything else.
 */
function readRecord(record: Buffer): readonly (Buffer | undefined)[] {
  const [headerSize, first] = readVarint(record, 0)
  const columns: (Buffer | undefined)[] = []
  let body = headerSize
  for (let at = first; at < headerSize; ) {
    const [type, next] = readVarint(record, at)
    at = next
    const size = type >= 12 ? Math.floor((type - 12) / 2) : (integerSizes[type] ?? 0)
    columns.push(size > 0 && type !== 7 ? record.subarray(body, body + size) : undefined)
    body += size
  }
  return columns
}

/** By serial type; 7 is a floating-point number, 8 and 9 are 0 and 1. */
const integerSizes: readonly number[] = [0, 1, 2, 3, 4, 6, 8, 8]

/** Up to nine bytes; what is larger than a safe integer is nothing that can be in a file. */
function readVarint(bytes: Buffer, start: number): readonly [value: number, end: number] {
  let value = 0
  for (let at = start; at < start + 8; at += 1) {
    const byte = bytes.readUInt8(at)
    value = value * 128 + (byte & 0x7f)
    if (byte < 0x80) return [value, at + 1]
  }
  return [value * 256 + bytes.readUInt8(start + 8), start + 9]
}
