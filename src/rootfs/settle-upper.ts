import { lutimesSync, readdirSync, rmdirSync, rmSync, statSync, utimesSync } from 'node:fs'
import { dirname, join } from 'node:path'
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
    if (!diff.has(path)) keepingTimes(`${upper}/${path}`, rmdirSync)
  }
  for (const entry of readdirSync(upper, { recursive: true, withFileTypes: true })) {
    if (entry.isSocket()) keepingTimes(join(entry.parentPath, entry.name), rmSync)
  }
  const calls = requireSystemCalls()
  for (const [path, change] of diff) {
    // Names that are not UTF-8 cannot be told to `fs` as text.
    if (change.type !== 'set' || !path.isWellFormed()) continue
    for (const name of change.entry.xattrs?.keys() ?? []) if (name !== 'security.capability') calls.removeXattr(`${upper}/${path}`, name)
    if (epoch !== undefined && change.entry.mtime > epoch) lutimesSync(`${upper}/${path}`, epoch, epoch)
  }
}

/** Removes a path without a trace in the times of its directory. */
function keepingTimes(path: string, remove: (path: string) => void): void {
  const parent = dirname(path)
  const { atimeMs, mtimeMs } = statSync(parent)
  remove(path)
  utimesSync(parent, atimeMs / 1000, mtimeMs / 1000)
}
