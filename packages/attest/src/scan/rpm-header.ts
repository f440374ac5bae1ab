const mostEntries = 65536

/** Reads the fields of a package as rpm's database holds them: an index of tags, and what they point at. */
export interface RpmHeader {
  /** The first text of a tag; undefined where there is none. */
  text(tag: number): string | undefined
  number(tag: number): number | undefined
}

/** Opens a header without its magic number, as it is in the database. Throws when its index is not inside of it. */
export function readRpmHeader(blob: Buffer): RpmHeader {
  const count = blob.readUInt32BE(0)
  const data = 8 + count * 16
  if (count > mostEntries || data > blob.length) throw new Error('a package has an index of an impossible size')
  const entries = new Map<number, { readonly type: number; readonly at: number }>()
  for (let index = 0; index < count; index += 1) {
    const at = 8 + index * 16
    const tag = blob.readUInt32BE(at)
    if (!entries.has(tag)) entries.set(tag, { type: blob.readUInt32BE(at + 4), at: data + blob.readUInt32BE(at + 8) })
  }
  return {
    text: (tag) => {
      const entry = entries.get(tag)
      const end = entry && textTypes.has(entry.type) ? blob.indexOf(0, entry.at) : -1
      return entry === undefined || end <= entry.at ? undefined : blob.toString('utf8', entry.at, end)
    },
    number: (tag) => {
      const entry = entries.get(tag)
      return entry?.type === 4 ? blob.readUInt32BE(entry.at) : undefined
    },
  }
}

/** Text, list of texts, text in several languages. */
const textTypes: ReadonlySet<number> = new Set([6, 8, 9])
