import { createHash } from 'node:crypto'
import type { Digest } from '@tsbuild/oci'
import type { ChangeOf } from './diff.ts'
import type { EntryOf, FileContent, Path } from './entry.ts'
import { TreeError } from './errors.ts'
import { layerXattrs } from './layer-xattrs.ts'
import { sortedPaths } from './path.ts'

/** An entry whose content need not be readable, only known. */
type Listed = EntryOf<Pick<FileContent, 'size' | 'digest'>>

const version = 'tsbuild listing 1'
const batch = 1 << 16

/**
 * Digest of what a tree or diff consists of: paths, types, modes, owners, extended attributes, link
 * targets, device numbers, sizes and content digests, whiteouts and opaque marks; never times.
 * Different listings have different encodings. Throws `TreeError` `DIGEST_UNKNOWN` when a file's
 * content has no digest.
 */
export function listingDigest(tree: ReadonlyMap<Path, Listed | ChangeOf<Listed>>): Digest {
  const listing = new Listing()
  for (const path of sortedPaths(tree)) {
    const item = tree.get(path)
    if (item !== undefined) listing.add(path, item)
  }
  return listing.digest()
}

/** The digest of a listing whose items come one by one, in path order. */
export class Listing {
  readonly #text = new TextHash(field(version))

  add(path: Path, item: Listed | ChangeOf<Listed>): void {
    this.#text.add(describe(path, item))
  }

  digest(): Digest {
    return this.#text.digest()
  }
}

/**
 * Hashes text in large pieces. As UTF-16, because UTF-8 would make one replacement character of all
 * names that are not text.
 */
export class TextHash {
  readonly #hash = createHash('sha256')
  #text: string

  constructor(start: string) {
    this.#text = start
  }

  add(text: string): void {
    this.#text += text
    if (this.#text.length < batch) return
    this.#hash.update(this.#text, 'utf16le')
    this.#text = ''
  }

  digest(): Digest {
    return `sha256:${this.#hash.update(this.#text, 'utf16le').digest('hex')}`
  }
}

function describe(path: Path, item: Listed | ChangeOf<Listed>): string {
  if (item.type === 'remove') return `remove ${field(path)}`
  if (item.type !== 'set') return describeEntry(path, item)
  return `${item.opaque === true ? 'opaque ' : ''}${describeEntry(path, item.entry)}`
}

/**
 * Unambiguous text of an entry: every part of free form is preceded by its length. Shared by all
 * digests of trees.
 */
export function describeEntry(path: Path, entry: Listed): string {
  return `${entry.type} ${field(path)}${entry.mode} ${entry.uid} ${entry.gid} ${describeXattrs(entry)}${describeKind(path, entry)}`
}

function describeXattrs(entry: Listed): string {
  const xattrs = [...(layerXattrs(entry.xattrs) ?? [])]
  return `${xattrs.length} ${xattrs.map(([name, value]) => field(name) + field(Buffer.from(value).toString('hex'))).join('')}`
}

function describeKind(path: Path, entry: Listed): string {
  switch (entry.type) {
    case 'file': {
      const { digest, size } = entry.content
      if (digest === undefined)
        throw new TreeError('DIGEST_UNKNOWN', `content of "${path}" has no digest yet`, { path })
      return `${size} ${field(digest)}`
    }
    case 'symlink':
    case 'hardlink':
      return field(entry.target)
    case 'device':
      return `${entry.kind} ${entry.major} ${entry.minor} `
    case 'directory':
    case 'fifo':
      return ''
  }
}

function field(text: string): string {
  return `${text.length}:${text}`
}
