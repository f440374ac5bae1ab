const mostEntries = 65536

/**
 * Reads the fields of a package as rpm's database holds them: an index of tags, and what they point
 * at. Absent tags have no values.
 */
export interface RpmHeader {
  texts(tag: number): readonly string[]
  numbers(tag: number): readonly number[]
}

/**
 * Opens a header without its magic number, as it is in the database. Throws when its index or a
 * value lies outside of it.
 */
export function readRpmHeader(blob: Buffer): RpmHeader {
  const count = blob.readUInt32BE(0)
  const data = 8 + count * 16
  if (count > mostEntries || data > blob.length) throw new Error('a package has an index of an impossible size')
  const entries = new Map<number, Entry>()
  for (let index = 0; index < count; index += 1) {
    const [tag = 0, type = 0, offset = 0, values = 0] = [0, 4, 8, 12].map((at) =>
      blob.readUInt32BE(8 + index * 16 + at),
    )
    if (values > blob.length) throw new Error('a package has more values than it has room for')
    if (!entries.has(tag)) entries.set(tag, { type, at: data + offset, count: values })
  }
  return {
    texts: (tag) => readTexts(blob, entries.get(tag)),
    numbers: (tag) => readNumbers(blob, entries.get(tag)),
  }
}

interface Entry {
  readonly type: number
  readonly at: number
  readonly count: number
}

/** Text, list of texts, text in several languages. */
const textTypes: ReadonlySet<number> = new Set([6, 8, 9])

function readTexts(blob: Buffer, entry: Entry | undefined): readonly string[] {
  if (entry === undefined || !textTypes.has(entry.type)) return []
  const texts: string[] = []
  for (let at = entry.at; texts.length < entry.count; ) {
    const end = blob.indexOf(0, at)
    if (end < 0) throw new Error('a package has a text without end')
    texts.push(blob.toString('utf8', at, end))
    at = end + 1
  }
  return texts
}

/** Bytes of a number, by type. */
const widths: ReadonlyMap<number, number> = new Map([
  [3, 2],
  [4, 4],
])

function readNumbers(blob: Buffer, entry: Entry | undefined): readonly number[] {
  const width = entry && widths.get(entry.type)
  if (entry === undefined || width === undefined) return []
  return Array.from({ length: entry.count }, (_, index) => blob.readUIntBE(entry.at + index * width, width))
}
