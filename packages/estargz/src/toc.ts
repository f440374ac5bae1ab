import type { Digest } from '@tsbuild/oci'
import type { TarEntry } from '@tsbuild/tar'

/**
 * Name of the table in its archive (eStargz § TOC). Reserved: a layer must not have a file of this
 * name.
 */
export const tocName = 'stargz.index.json'

/**
 * One entry of the table (eStargz § TOCEntry). `offset` becomes known when the member it names is
 * written.
 */
export interface TocEntry {
  readonly name: string
  readonly type: 'dir' | 'reg' | 'symlink' | 'hardlink' | 'char' | 'block' | 'fifo' | 'chunk'
  readonly size?: number
  readonly modtime?: string
  readonly linkName?: string
  readonly mode?: number
  readonly uid?: number
  readonly gid?: number
  readonly devMajor?: number
  readonly devMinor?: number
  /** Base64. */
  readonly xattrs?: Readonly<Record<string, string>>
  digest?: Digest
  offset?: number
  readonly chunkOffset?: number
  chunkSize?: number
  chunkDigest?: Digest
}

/** Fields of an entry in the table, without its content. */
export function toTocEntry(entry: TarEntry): TocEntry {
  const { path, mode, uid, gid, mtime, xattrs } = entry
  const metadata = {
    mode,
    uid,
    gid,
    ...(mtime !== 0 && { modtime: new Date(mtime * 1000).toISOString().replace('.000Z', 'Z') }),
    ...(xattrs !== undefined && {
      xattrs: Object.fromEntries([...xattrs].map(([key, value]) => [key, Buffer.from(value).toString('base64')])),
    }),
  }
  switch (entry.type) {
    case 'file':
      return { name: path, type: 'reg', ...metadata, ...(entry.size !== 0 && { size: entry.size }) }
    case 'directory':
      return { name: `${path}/`, type: 'dir', ...metadata }
    case 'symlink':
    case 'hardlink':
      return { name: path, type: entry.type, ...metadata, linkName: entry.target }
    case 'device':
      return {
        name: path,
        type: entry.kind === 'block' ? 'block' : 'char',
        ...metadata,
        devMajor: entry.major,
        devMinor: entry.minor,
      }
    case 'fifo':
      return { name: path, type: 'fifo', ...metadata }
  }
}

/**
 * The last member (eStargz § Footer): nothing, and where the table begins in an extra field (RFC
 * 1952 § 2.3.1.1).
 */
export function footer(tocOffset: number): Uint8Array {
  const field = Buffer.from(`${tocOffset.toString(16).padStart(16, '0')}STARGZ`)
  return Buffer.concat([
    Buffer.from([0x1f, 0x8b, 8, 4, 0, 0, 0, 0, 0, 0xff, field.length + 4, 0, 0x53, 0x47, field.length, 0]),
    field,
    // A stored block, the last one, of no bytes; then checksum and size of nothing.
    Buffer.from([1, 0, 0, 0xff, 0xff, 0, 0, 0, 0, 0, 0, 0, 0]),
  ])
}
