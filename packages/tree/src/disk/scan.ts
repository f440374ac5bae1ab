import type { BigIntStats } from 'node:fs'
import type { Entry, Path } from '../model/entry.ts'
import { TreeError } from '../model/errors.ts'
import { FileTable } from './file-table.ts'
import { linkTo } from '../model/hardlinks.ts'
import { hashFiles } from './hash-files.ts'
import { hostEntry, socketEntry } from './host-entry.ts'
import { HostFile } from './host-file.ts'
import { hostPath } from './host-path.ts'
import { capability } from '../model/layer-xattrs.ts'
import type { StatCache } from '../known/stat-cache.ts'
import type { TreeFingerprint } from '../known/tree-fingerprint.ts'
import { loadSystemCalls, type SystemCalls } from './system-calls.ts'
import type { Tree } from '../model/tree.ts'
import { type Filter, walk } from './walk.ts'

export interface ScanOptions {
  /** Filter of paths. Default: all. */
  readonly include?: Filter
  /** Compute the digest of every file's content. Default false. */
  readonly digests?: boolean
  /** Has digests of unchanged files, and learns new ones. The caller saves it. */
  readonly statCache?: StatCache
  /** Called with every path taken, and its stat. */
  readonly fingerprint?: TreeFingerprint
  /** Everything belongs to 0:0, as in a build context. */
  readonly zeroOwners?: boolean
  /**
   * Reads extended attributes too, if this machine can. Or only the capabilities of programs, as
   * for a build context. Other attributes of a context belong to the machine, and reading them for
   * files that cannot be executed would take longer than all the rest. Default false.
   */
  readonly xattrs?: boolean | 'capabilities'
  /** Sockets are left out, or are empty files as in a build context. Default `skip`. */
  readonly sockets?: 'skip' | 'empty'
  /**
   * Names that are not UTF-8: refuse them with `NAME_NOT_UTF8`, or keep their bytes as `decodeName`
   * does. Default `refuse`.
   */
  readonly names?: 'refuse' | 'keep'
  /**
   * A remedy for a file that changes or cannot be read, for hints: "exclude it in .dockerignore".
   */
  readonly remedy?: string
  readonly signal?: AbortSignal
}

/**
 * The tree of a directory on this machine, entries in path order. Contents are read when they are
 * opened. That fails with `FILE_CHANGED` for a changed file, and with `FILE_UNREADABLE` for a file
 * that may not be read. Further names of a file are hard links to the first one taken.
 */
export async function scan(directory: string, options: ScanOptions = {}): Promise<Tree> {
  const tree = new Map<Path, Entry>()
  const links = new Map<string, Path>()
  const table = new FileTable(directory, options.remedy)
  const files: HostFile[] = []
  const { zeroOwners: zeroOwner = false, sockets } = options
  const readXattrs = attributeReader(directory, options.xattrs ?? false)
  const visit = (path: Path, stat: BigIntStats): void => {
    if (options.names !== 'keep') checkName(path)
    options.fingerprint?.add(path, stat)
    const item = { files: table, path, stat, zeroOwner }
    const found = hostEntry(item) ?? (sockets === 'empty' ? socketEntry(item) : undefined)
    if (found === undefined) return
    const xattrs = readXattrs(path, stat)
    const entry = linked(links, path, {
      entry: xattrs === undefined || xattrs.size === 0 ? found : { ...found, xattrs },
      stat,
    })
    if (entry.type === 'file' && entry.content instanceof HostFile) files.push(entry.content)
    tree.set(path, entry)
  }
  await walk(directory, visit, options)
  if (options.digests === true) await hashFiles(files, options)
  return tree
}

type AttributeReader = (path: Path, stat: BigIntStats) => ReadonlyMap<string, Uint8Array> | undefined

/** Reads the requested attributes. Their library is loaded for the first file that may have any. */
function attributeReader(directory: string, wanted: boolean | 'capabilities'): AttributeReader {
  if (wanted === false) return () => undefined
  let calls: { readonly loaded: SystemCalls | undefined } | undefined
  return (path, stat) => {
    if (wanted === 'capabilities' && !(stat.isFile() && (stat.mode & 0o111n) !== 0n)) return undefined
    calls ??= { loaded: loadSystemCalls() }
    const found = calls.loaded?.getXattrs(hostPath(directory, path))
    const value = found?.get(capability)
    return wanted === true ? found : value && new Map([[capability, value]])
  }
}

function checkName(path: Path): void {
  if (path.isWellFormed()) return
  const shown = path.toWellFormed()
  throw new TreeError('NAME_NOT_UTF8', `file name "${shown}" is not UTF-8`, {
    path: shown,
    hint: 'rename the file, or exclude it in .dockerignore',
  })
}

/** The entry, or a hard link when another name of the same file came before. */
function linked(
  links: Map<string, Path>,
  path: Path,
  found: { readonly entry: Entry; readonly stat: BigIntStats },
): Entry {
  if (found.stat.nlink < 2n || found.entry.type !== 'file') return found.entry
  const inode = `${found.stat.dev}:${found.stat.ino}`
  const first = links.get(inode)
  if (first !== undefined) return linkTo(first, found.entry)
  links.set(inode, path)
  return found.entry
}
