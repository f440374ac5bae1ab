import { lutimesSync, readdirSync, rmdirSync, rmSync, statSync, utimesSync } from 'node:fs'
import { dirname } from 'node:path'
import { type Diff, requireSystemCalls } from '@tsbuild/tree'

/**
 * Takes out of an upper directory what its layer does not have, so that everybody sees the same whether the directory is
 * used or the layer is unpacked: directories that are in the scan and not in the diff, sockets, extended attributes that
 * do not travel, times after `epoch` (seconds).
 */
export function settleUpper(
  upper: string,
  { scan, diff, epoch }: { readonly scan: Diff; readonly diff: Diff; readonly epoch?: number },
): void {
  for (const path of [...scan.keys()].toReversed()) {
    if (!diff.has(path)) keepingTimes(dirname(`${upper}/${path}`), () => rmdirSync(`${upper}/${path}`))
  }
  removeSockets(Buffer.from(upper))
  const calls = requireSystemCalls()
  for (const [path, change] of diff) {
    // Names that are not UTF-8 cannot be told to `fs` as text.
    if (change.type !== 'set' || !path.isWellFormed()) continue
    for (const name of change.entry.xattrs?.keys() ?? []) if (name !== 'security.capability') calls.removeXattr(`${upper}/${path}`, name)
    if (epoch !== undefined && change.entry.mtime > epoch) lutimesSync(`${upper}/${path}`, epoch, epoch)
  }
}

/** Symlinks are not followed: they lead to wherever the process wanted, out of the directory too. Names need not be UTF-8. */
function removeSockets(directory: Buffer): void {
  for (const entry of readdirSync(directory, { withFileTypes: true, encoding: 'buffer' })) {
    const path = Buffer.concat([directory, Buffer.from('/'), entry.name])
    if (entry.isDirectory()) removeSockets(path)
    if (entry.isSocket()) keepingTimes(directory, () => rmSync(path))
  }
}

/** Removes something from a directory without a trace in its times. */
function keepingTimes(directory: string | Buffer, remove: () => void): void {
  const { atimeMs, mtimeMs } = statSync(directory)
  remove()
  utimesSync(directory, atimeMs / 1000, mtimeMs / 1000)
}
