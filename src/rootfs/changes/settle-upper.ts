import { linkSync, lstatSync, lutimesSync, readdirSync, rmSync } from 'node:fs'
import type { Libc } from '@tsbuild/isolate'
import {
  type Diff,
  type HostPath,
  hostPath,
  isLayerXattr,
  parentOf,
  type Path,
  requireSystemCalls,
} from '@tsbuild/tree'

/** An upper directory and the known facts about it. */
export interface Upper {
  readonly directory: string
  /** Namespace of the extended attributes with the marks of the kernel. */
  readonly overlay: 'trusted' | 'user'
  /** Scan of the directory. */
  readonly scan: Diff
  /** Diff of its layer. */
  readonly diff: Diff
}

const whiteout = { typeBits: 0o020000, device: { major: 0, minor: 0 } } as const

/**
 * Makes an upper directory say what its layer says, so that all builds see the same whether the
 * directory is used or the layer is unpacked: removes sockets, files and directories that are not
 * in the diff and extended attributes that do not travel, writes removals as whiteouts, joins hard
 * links, and bounds times by `epoch` (seconds).
 */
export function settleUpper(upper: Upper, { libc, epoch }: { readonly libc: Libc; readonly epoch?: number }): void {
  const { directory, scan, diff } = upper
  const quietly = (path: Path, change: () => void): void =>
    keepingTimes(hostPath(directory, parentOf(path)), libc, change)
  removeSockets(Buffer.from(directory), libc)
  for (const path of [...scan.keys()].toReversed())
    if (!diff.has(path)) quietly(path, () => rmSync(hostPath(directory, path), { recursive: true }))
  replaceOpaqueMarks(upper, quietly)
  for (const [path, change] of diff) {
    if (change.type === 'remove') continue
    const host = hostPath(directory, path)
    const { entry } = change
    if (entry.type === 'hardlink' && isFile(scan, path)) {
      quietly(path, () => {
        rmSync(host)
        linkSync(hostPath(directory, entry.target), host)
      })
    }
    removeForeignXattrs(host, entry.xattrs?.keys() ?? [])
    if (epoch !== undefined && entry.mtime > epoch) lutimesSync(host, epoch, epoch)
  }
}

/** Removes attributes that are in no layer. Labels that the machine insists on stay. */
export function removeForeignXattrs(path: HostPath, names: Iterable<string>): void {
  for (const name of names) {
    if (isLayerXattr(name)) continue
    try {
      requireSystemCalls().removeXattr(path, name)
    } catch (error) {
      if (!name.startsWith('security.')) throw error
    }
  }
}

/** Opaque directories hide all that is below them; a layer lists what is removed from them. */
function replaceOpaqueMarks(
  { directory, overlay, scan, diff }: Upper,
  quietly: (path: Path, change: () => void) => void,
): void {
  const calls = requireSystemCalls()
  for (const [path, change] of diff) {
    if (change.type === 'remove' && !scan.has(path))
      quietly(path, () => calls.mknod(hostPath(directory, path), whiteout.typeBits, whiteout.device))
    const scanned = scan.get(path)
    if (scanned?.type === 'set' && scanned.opaque)
      calls.removeXattr(hostPath(directory, path), `${overlay}.overlay.opaque`)
  }
}

function isFile(diff: Diff, path: Path): boolean {
  const change = diff.get(path)
  return change?.type === 'set' && change.entry.type === 'file'
}

/**
 * Symlinks are not followed: they lead to wherever the process wanted, out of the directory too.
 * Names need not be UTF-8.
 */
function removeSockets(directory: Buffer, libc: Libc): void {
  for (const entry of readdirSync(directory, { withFileTypes: true, encoding: 'buffer' })) {
    const path = Buffer.concat([directory, Buffer.from('/'), entry.name])
    if (entry.isDirectory()) removeSockets(path, libc)
    if (entry.isSocket()) keepingTimes(directory, libc, () => rmSync(path))
  }
}

/** Changes what is in a directory without a trace in its times. */
export function keepingTimes(directory: HostPath, libc: Libc, change: () => void): void {
  const before = lstatSync(directory, { bigint: true })
  change()
  libc.setTimes(directory, before)
}
