import { type BigIntStats, readlinkSync } from 'node:fs'
import { decodeName } from '@tsbuild/tar'
import { unpackDevice } from './device-number.ts'
import type { Entry, Metadata, Path } from './entry.ts'
import { HostFile } from './host-file.ts'
import { type HostPath, hostPath } from './host-path.ts'
import { contentOf } from './memory-content.ts'

/** What a file on this machine is in a tree, without extended attributes; `undefined` for sockets. */
export function hostEntry(root: string, path: Path, stat: BigIntStats): Entry | undefined {
  const metadata = metadataOf(stat)
  if (stat.isFile()) return { ...metadata, type: 'file', content: new HostFile(hostPath(root, path), path, { stat }) }
  if (stat.isDirectory()) return { ...metadata, type: 'directory' }
  if (stat.isSymbolicLink()) return { ...metadata, type: 'symlink', target: readTarget(hostPath(root, path)) }
  if (stat.isFIFO()) return { ...metadata, type: 'fifo' }
  if (stat.isSocket()) return undefined
  return { ...metadata, type: 'device', kind: stat.isBlockDevice() ? 'block' : 'character', ...unpackDevice(stat.rdev) }
}

/** The empty file that a context has in place of a socket. */
export function socketEntry(stat: BigIntStats): Entry {
  return { ...metadataOf(stat), type: 'file', content: contentOf('') }
}

function metadataOf(stat: BigIntStats): Metadata {
  const seconds = Number(stat.mtimeNs / 1_000_000_000n)
  return { mode: Number(stat.mode) & 0o7777, uid: Number(stat.uid), gid: Number(stat.gid), mtime: Math.max(0, seconds) }
}

function readTarget(path: HostPath): string {
  const target = readlinkSync(path)
  return target.includes('\ufffd') ? decodeName(readlinkSync(path, { encoding: 'buffer' })) : target
}
