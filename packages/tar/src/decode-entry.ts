import type { TarEntry, TarMetadata } from './entry.ts'
import { TarError } from './errors.ts'
import type { Header } from './header.ts'
import { decodeName } from './names.ts'
import { type PaxRecords, paxNumber } from './pax.ts'
import { oldSparseFlag } from './sparse.ts'

/**
 * Facts about an entry from preceding headers: pax records, and GNU's long path and link, which win
 * over them.
 */
export interface LongNames {
  readonly pax?: PaxRecords
  readonly path?: Uint8Array
  readonly link?: Uint8Array
}

const longestName = 4096
const xattrPrefix = 'SCHILY.xattr.'

/**
 * Combines a header with what preceded it into an entry and the size of its body. `offset` is for
 * errors.
 */
export function decodeEntry(
  header: Header,
  long: LongNames,
  offset: number,
): { readonly entry: TarEntry; readonly size: number } {
  const value = (key: string): Uint8Array | undefined => nonEmpty(long.pax?.get(key))
  const number = (key: string, field: number): number => {
    const record = value(key)
    return record === undefined ? field : paxNumber(record, offset)
  }
  const name = readName(long.path ?? value('GNU.sparse.name') ?? value('path') ?? header.name, offset)
  const metadata: TarMetadata = {
    path: name.replace(/\/+$/, ''),
    mode: header.mode & 0o7777,
    uid: natural(number('uid', header.uid), offset),
    gid: natural(number('gid', header.gid), offset),
    mtime: Math.max(0, number('mtime', header.mtime)),
  }
  const size = natural(number('size', header.size), offset)
  const xattrs = long.pax === undefined ? undefined : readXattrs(long.pax)
  const common = xattrs === undefined ? metadata : { ...metadata, xattrs }
  const target = (): string => readName(long.link ?? value('linkpath') ?? header.link, offset)
  switch (header.flag) {
    case '0':
    case '\0':
    case '7':
    case oldSparseFlag:
      // Before type 5 existed a directory was a file whose name ends in a slash.
      return { entry: name.endsWith('/') ? { ...common, type: 'directory' } : { ...common, type: 'file', size }, size }
    // Links, devices and directories have no body for any value of their size field: Go and
    // libarchive read them so.
    case '1':
      return { entry: { ...common, type: 'hardlink', target: target() }, size: 0 }
    case '2':
      return { entry: { ...common, type: 'symlink', target: target() }, size: 0 }
    case '3':
    case '4':
      return {
        entry: {
          ...common,
          type: 'device',
          kind: header.flag === '4' ? 'block' : 'character',
          ...devices(header, offset),
        },
        size: 0,
      }
    case '5':
      return { entry: { ...common, type: 'directory' }, size: 0 }
    case '6':
      return { entry: { ...common, type: 'fifo' }, size: 0 }
    default:
      throw new TarError(
        'TAR_UNSUPPORTED',
        `entry "${metadata.path}" has the unknown type ${JSON.stringify(header.flag)}`,
        { offset },
      )
  }
}

/** An empty value takes a record back: the header's own field counts. */
function nonEmpty(value: Uint8Array | undefined): Uint8Array | undefined {
  return value === undefined || value.length === 0 ? undefined : value
}

function readName(bytes: Uint8Array, offset: number): string {
  if (bytes.length > longestName)
    throw new TarError('TAR_TOO_LARGE', `name of ${bytes.length} bytes; at most ${longestName} are read`, { offset })
  if (bytes.includes(0)) throw new TarError('TAR_INVALID', 'name contains a NUL byte', { offset })
  return decodeName(bytes)
}

function natural(value: number, offset: number): number {
  if (value >= 0) return value
  throw new TarError('TAR_INVALID', `header holds the negative number ${value}`, { offset })
}

function devices(header: Header, offset: number): { readonly major: number; readonly minor: number } {
  return { major: natural(header.major, offset), minor: natural(header.minor, offset) }
}

function readXattrs(pax: PaxRecords): ReadonlyMap<string, Uint8Array> | undefined {
  let xattrs: Map<string, Uint8Array> | undefined
  for (const [key, value] of pax) {
    if (!key.startsWith(xattrPrefix) || key.length === xattrPrefix.length) continue
    xattrs ??= new Map()
    // A copy: the record may be a view of a chunk that is far larger.
    xattrs.set(key.slice(xattrPrefix.length), Uint8Array.from(value))
  }
  return xattrs
}
