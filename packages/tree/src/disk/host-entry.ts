import { type BigIntStats, readlinkSync } from 'node:fs'
import { decodeName } from '@tsbuild/tar'
import { unpackDevice } from './device-number.ts'
import type { Entry, Metadata, Path } from '../model/entry.ts'
import { TreeError } from '../model/errors.ts'
import type { FileTable } from './file-table.ts'
import { HostFile } from './host-file.ts'
import { type HostPath, hostPath } from './host-path.ts'
import { contentOf } from '../model/memory-content.ts'
import { readErrorCode } from './system-error.ts'

/** Something found on this machine: `path` below the root of `files`. */
export interface HostItem {
  readonly files: FileTable
  readonly path: Path
  readonly stat: BigIntStats
  /** Say that it belongs to 0:0. */
  readonly zeroOwner: boolean
}

/** Entry of a file on this machine, without extended attributes. Undefined for sockets. */
export function hostEntry(item: HostItem): Entry | undefined {
  const { files, path, stat } = item
  const { mode, uid, gid, mtime } = readMetadata(item)
  // Written out, because almost everything is this, and there may be many of it.
  if (stat.isFile()) return { mode, uid, gid, mtime, type: 'file', content: new HostFile(files, path, stat) }
  if (stat.isDirectory()) return { mode, uid, gid, mtime, type: 'directory' }
  const metadata = { mode, uid, gid, mtime }
  if (stat.isSymbolicLink()) return { ...metadata, type: 'symlink', target: linkTarget(files.root, path) }
  if (stat.isFIFO()) return { ...metadata, type: 'fifo' }
  if (stat.isSocket()) return undefined
  return { ...metadata, type: 'device', kind: stat.isBlockDevice() ? 'block' : 'character', ...unpackDevice(stat.rdev) }
}

/** The empty file that a context has in place of a socket. */
export function socketEntry(item: HostItem): Entry {
  return { ...readMetadata(item), type: 'file', content: contentOf('') }
}

function readMetadata({ stat, zeroOwner }: HostItem): Metadata {
  const seconds = Number(stat.mtimeNs / 1_000_000_000n)
  const [uid, gid] = zeroOwner ? [0, 0] : [Number(stat.uid), Number(stat.gid)]
  return { mode: Number(stat.mode) & 0o7777, uid, gid, mtime: Math.max(0, seconds) }
}

function linkTarget(root: string, path: Path): string {
  try {
    return readTarget(hostPath(root, path))
  } catch (cause) {
    // No link any more.
    if (readErrorCode(cause) !== 'EINVAL' && readErrorCode(cause) !== 'ENOENT') throw cause
    throw new TreeError('FILE_CHANGED', `link "${path}" changed while it was being used`, { path, cause })
  }
}

function readTarget(path: HostPath): string {
  const target = readlinkSync(path)
  return target.includes('\ufffd') ? decodeName(readlinkSync(path, { encoding: 'buffer' })) : target
}
