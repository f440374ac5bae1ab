import { lutimesSync, readdirSync, rmSync, statSync, utimesSync } from 'node:fs'
import { join } from 'node:path'
import { type Diff, requireSystemCalls } from '@tsbuild/tree'

/**
 * Takes out of an upper directory what its layer does not have, so that the next process sees the same whether it runs now
 * or after the layer was unpacked: sockets, extended attributes that do not travel, times after `epoch` (seconds).
 */
export function settleUpper(upper: string, diff: Diff, epoch: number | undefined): void {
  const calls = requireSystemCalls()
  for (const entry of readdirSync(upper, { recursive: true, withFileTypes: true })) {
    if (!entry.isSocket()) continue
    const { atimeMs, mtimeMs } = statSync(entry.parentPath)
    rmSync(join(entry.parentPath, entry.name))
    utimesSync(entry.parentPath, atimeMs / 1000, mtimeMs / 1000)
  }
  for (const [path, change] of diff) {
    // Names that are not UTF-8 cannot be told to `fs` as text.
    if (change.type !== 'set' || !path.isWellFormed()) continue
    for (const name of change.entry.xattrs?.keys() ?? []) if (name !== 'security.capability') calls.removeXattr(`${upper}/${path}`, name)
    if (epoch !== undefined && change.entry.mtime > epoch) lutimesSync(`${upper}/${path}`, epoch, epoch)
  }
}
