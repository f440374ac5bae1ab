import { promisify } from 'node:util'
import { constants, zstdCompress, zstdDecompress } from 'node:zlib'
import { type Digest, isDigest } from '@tsbuild/oci'
import type { Path } from '@tsbuild/tree'

/** A part of files, as it lies in a pack. */
export interface MountChunk {
  /** Of its content. */
  readonly digest: Digest
  /** Bytes of its content. */
  readonly size: number
  /** Bytes in the pack: fewer than `size` for a zstd frame, else the content itself. */
  readonly stored: number
}

/** A blob of chunks, one behind the other. */
export interface MountPack {
  readonly digest: Digest
  /** Bytes. */
  readonly size: number
  readonly chunks: readonly MountChunk[]
}

/** Owner and permission bits of a file. */
export interface MountOwner {
  readonly uid: number
  readonly gid: number
  /** 0–07777. */
  readonly mode: number
}

interface Dated {
  /** Nanoseconds since 1970. */
  readonly mtime: bigint
}

/** One path of a mount; directories come before what is in them, the root first. */
export type MountEntry =
  | (MountOwner & Dated & { readonly type: 'directory'; readonly path: Path })
  | (MountOwner &
      Dated & {
        readonly type: 'file'
        readonly path: Path
        /** Hour of the last use, since 1970. */
        readonly used: number
        /** Numbers of chunks, counted through all packs. */
        readonly chunks: readonly number[]
      })
  | (MountOwner & Dated & { readonly type: 'symlink'; readonly path: Path; readonly target: string })
  /** A further name of the file at `target`, an earlier entry. */
  | { readonly type: 'hardlink'; readonly path: Path; readonly target: Path }

/** A cache mount as data: its files, and the packs that have their bytes. */
export interface MountManifest {
  readonly packs: readonly MountPack[]
  readonly entries: readonly MountEntry[]
}

/** Media types of the blobs of a mount. */
export const mountTypes = {
  manifest: 'application/vnd.tsbuild.cache.mount.v1+zstd',
  pack: 'application/vnd.tsbuild.cache.pack.v1',
} as const

/** Bounds of what is read, and so of what is written. */
export const mountLimits = {
  /** Bytes of an encoded manifest. */
  encoded: 32 * 1024 * 1024,
  /** Bytes of its JSON. */
  json: 128 * 1024 * 1024,
  packs: 4000,
  chunks: 1_000_000,
  entries: 400_000,
  /** Bytes of a chunk. */
  chunk: 256 * 1024,
  /** Bytes of all files. */
  total: 16 * 1024 ** 3,
} as const

const version = 1
const compress = promisify(zstdCompress)
const decompress = promisify(zstdDecompress)

/** The manifest as compressed JSON. Throws `RangeError` for more than the limits. */
export async function encodeMount({ packs, entries }: MountManifest): Promise<Uint8Array> {
  checkCounts(packs, entries)
  const text = JSON.stringify({ version, packs: packs.map(packRow), entries: entries.map(entryRow) })
  if (text.length > mountLimits.json) throw new RangeError(`a list of files of ${text.length} bytes`)
  return compress(Buffer.from(text), { params: { [constants.ZSTD_c_compressionLevel]: 9 } })
}

/**
 * Reads what `encodeMount` wrote, from anywhere: throws for everything else, and for paths that are
 * not in a directory of the same manifest. So no path leads out of the mount, or through a link.
 */
export async function decodeMount(bytes: Uint8Array): Promise<MountManifest> {
  const text = await decompress(bytes, { maxOutputLength: mountLimits.json })
  const value: unknown = JSON.parse(text.toString('utf8'))
  const [packs, entries] =
    typeof value === 'object' && value !== null && 'version' in value && 'packs' in value && 'entries' in value
      ? [list(value.packs), list(value.entries)]
      : [[], []]
  if (entries.length === 0) throw new TypeError('it is not a list of files')
  checkCounts(packs, entries)
  const decoded = packs.map(decodePack)
  const sizes = decoded.flatMap(({ chunks }) => chunks.map(({ size }) => size))
  if (sizes.length > mountLimits.chunks) throw tooMany(sizes.length, 'chunks', mountLimits.chunks)
  const known = new KnownPaths(sizes)
  return { packs: decoded, entries: entries.map((row) => known.decode(list(row))) }
}

function packRow({ digest, size, chunks }: MountPack): unknown {
  return [digest, size, chunks.map((chunk) => [chunk.digest.slice(algorithm.length), chunk.size, chunk.stored])]
}

function entryRow(entry: MountEntry): unknown {
  switch (entry.type) {
    case 'directory':
      return ['d', entry.path, entry.mode, entry.uid, entry.gid, String(entry.mtime)]
    case 'file':
      return ['f', entry.path, entry.mode, entry.uid, entry.gid, String(entry.mtime), entry.used, entry.chunks]
    case 'symlink':
      return ['l', entry.path, entry.mode, entry.uid, entry.gid, String(entry.mtime), entry.target]
    case 'hardlink':
      return ['h', entry.path, entry.target]
  }
}

const algorithm = 'sha256:'

function decodePack(value: unknown): MountPack {
  const [digest, size, rows] = list(value)
  const chunks = list(rows).map((row): MountChunk => {
    const [hex, length, stored] = list(row)
    const content = integer(length, mountLimits.chunk, 1)
    return { digest: digestIn(`${algorithm}${String(hex)}`), size: content, stored: integer(stored, content, 1) }
  })
  if (chunks.reduce((sum, { stored }) => sum + stored, 0) !== size) throw new TypeError('a pack has another size')
  return { digest: digestIn(digest), size, chunks }
}

/** Decodes entries in their order, each in the light of those before it. */
class KnownPaths {
  readonly #sizes: readonly number[]
  readonly #types = new Map<Path, MountEntry['type']>()
  #total = 0

  constructor(sizes: readonly number[]) {
    this.#sizes = sizes
  }

  decode([letter, ...row]: readonly unknown[]): MountEntry {
    const entry = this.#decode(letter, row)
    this.#place(entry)
    return entry
  }

  #decode(letter: unknown, [path, mode, uid, gid, mtime, sixth, seventh]: readonly unknown[]): MountEntry {
    if (letter === 'h') return { type: 'hardlink', path: text(path), target: text(mode) }
    const owned = {
      path: text(path),
      mode: integer(mode, 0o7777),
      uid: integer(uid, largestId),
      gid: integer(gid, largestId),
      mtime: time(mtime),
    }
    if (letter === 'd') return { type: 'directory', ...owned }
    if (letter === 'l') return { type: 'symlink', ...owned, target: text(sixth) }
    if (letter !== 'f') throw new TypeError('an entry has an unknown type')
    const chunks = list(seventh).map((number) => integer(number, this.#sizes.length - 1))
    return { type: 'file', ...owned, used: integer(sixth, largestId), chunks }
  }

  #place(entry: MountEntry): void {
    const { path, type } = entry
    const slash = path.lastIndexOf('/')
    const [parent, name] = slash < 0 ? ['', path] : [path.slice(0, slash), path.slice(slash + 1)]
    const isRoot = this.#types.size === 0
    if (isRoot ? path !== '' || type !== 'directory' : !isName(name) || this.#types.get(parent) !== 'directory')
      throw new TypeError(`path ${JSON.stringify(path.slice(0, 100))} is not in a directory of the mount`)
    if (this.#types.has(path)) throw new TypeError(`path ${JSON.stringify(path.slice(0, 100))} occurs twice`)
    if (type === 'hardlink' && this.#types.get(entry.target) !== 'file')
      throw new TypeError(`link ${JSON.stringify(path.slice(0, 100))} has no file to link to`)
    if (type === 'file')
      // A chunk may occur any number of times, so few bytes can become many.
      for (const chunk of entry.chunks) this.#total += this.#sizes[chunk] ?? 0
    if (this.#total > mountLimits.total) throw new RangeError(`more than ${mountLimits.total} bytes of files`)
    this.#types.set(path, type)
  }
}

/** 2³² − 1 means "no change" to chown(2). */
const largestId = 2 ** 32 - 2

function isName(name: string): boolean {
  return name !== '' && name !== '.' && name !== '..' && name.length < 256 && !/[/\0]/.test(name)
}

function checkCounts(packs: readonly unknown[], entries: readonly unknown[]): void {
  if (packs.length > mountLimits.packs) throw tooMany(packs.length, 'packs', mountLimits.packs)
  if (entries.length > mountLimits.entries) throw tooMany(entries.length, 'files', mountLimits.entries)
}

function tooMany(count: number, what: string, limit: number): RangeError {
  return new RangeError(`${count} ${what}, at most ${limit}`)
}

function list(value: unknown): readonly unknown[] {
  if (!Array.isArray(value)) throw new TypeError('a list is missing')
  return value
}

function text(value: unknown): string {
  if (typeof value !== 'string' || value.length > 4096 || value.includes('\0')) throw new TypeError('a text is damaged')
  return value
}

function integer(value: unknown, most: number, least = 0): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most) return value
  throw new TypeError('a number is out of range')
}

function time(value: unknown): bigint {
  if (typeof value === 'string' && /^\d{1,19}$/.test(value)) return BigInt(value)
  throw new TypeError('a time is damaged')
}

function digestIn(value: unknown): Digest {
  if (typeof value === 'string' && isDigest(value)) return value
  throw new TypeError('a digest is damaged')
}
