import type { BigIntStats } from 'node:fs'
import type { Entry, Path } from './entry.ts'
import { TreeError } from './errors.ts'
import { linkTo } from './hardlinks.ts'
import { hashFiles } from './hash-files.ts'
import { hostEntry, socketEntry } from './host-entry.ts'
import { hostPath } from './host-path.ts'
import type { StatCache } from './stat-cache.ts'
import { loadSystemCalls } from './system-calls.ts'
import type { Tree } from './tree.ts'
import { type Filter, walk } from './walk.ts'

export interface ScanOptions {
  /** What to take; default everything. */
  readonly include?: Filter
  /** Compute the digest of every file's content. Default false. */
  readonly digests?: boolean
  /** Knows digests of files that have not changed, and learns new ones; saving it is the caller's. */
  readonly statCache?: StatCache
  /** Everything belongs to 0:0, as in a build context. */
  readonly zeroOwners?: boolean
  /** Read extended attributes too, where this machine can. Default false. */
  readonly xattrs?: boolean
  /** Sockets are left out, or are empty files as in a build context. Default `skip`. */
  readonly sockets?: 'skip' | 'empty'
  /** Names that are not UTF-8: refuse them with `NAME_NOT_UTF8`, or keep their bytes as `decodeName` does. Default `refuse`. */
  readonly names?: 'refuse' | 'keep'
  readonly signal?: AbortSignal
}

/**
 * The tree of a directory on this machine, entries in path order. Contents are read when they are opened, which fails with
 * `FILE_CHANGED` for a file that is not what it was. Further names of a file are hard links to the first one taken.
 */
export async function scan(directory: string, options: ScanOptions = {}): Promise<Tree> {
  const tree = new Map<Path, Entry>()
  const links = new Map<string, Path>()
  const calls = options.xattrs === true ? loadSystemCalls() : undefined
  const visit = (path: Path, stat: BigIntStats): void => {
    if (options.names !== 'keep') checkName(path)
    const found = hostEntry(directory, path, stat) ?? (options.sockets === 'empty' ? socketEntry(stat) : undefined)
    if (found === undefined) return
    const owned = options.zeroOwners === true ? { ...found, uid: 0, gid: 0 } : found
    const xattrs = calls?.getXattrs(hostPath(directory, path))
    const entry = xattrs === undefined || xattrs.size === 0 ? owned : { ...owned, xattrs }
    tree.set(path, linked(links, path, { entry, stat }))
  }
  await walk(directory, visit, options)
  if (options.digests === true) await hashFiles(tree, options)
  return tree
}

function checkName(path: Path): void {
  if (path.isWellFormed()) return
  const shown = path.toWellFormed()
  throw new TreeError('NAME_NOT_UTF8', `File name "${shown}" is not UTF-8`, {
    path: shown,
    hint: 'Rename the file or exclude it by .dockerignore',
  })
}

/** The entry, or a hard link when another name of the same file came before. */
function linked(links: Map<string, Path>, path: Path, found: { readonly entry: Entry; readonly stat: BigIntStats }): Entry {
  if (found.stat.nlink < 2n || found.entry.type !== 'file') return found.entry
  const inode = `${found.stat.dev}:${found.stat.ino}`
  const first = links.get(inode)
  if (first !== undefined) return linkTo(first, found.entry)
  links.set(inode, path)
  return found.entry
}
