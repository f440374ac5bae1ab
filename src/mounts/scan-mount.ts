import { type BigIntStats, readlinkSync } from 'node:fs'
import { decodeName } from '@tsbuild/tar'
import { hostPath, type Path, walk } from '@tsbuild/tree'
import type { MountOwner } from './mount-manifest.ts'
import type { MountOwners } from './mount-owners.ts'

/** A regular file of a mount, under its first name. */
export interface ScannedFile {
  readonly type: 'file'
  readonly path: Path
  readonly stat: BigIntStats
  readonly owner: MountOwner
  /** Bytes. */
  readonly size: number
  /** Hour of the last use, since 1970. */
  readonly used: number
}

/** One path of a mount as it lies on the disk. */
export type ScannedEntry =
  | ScannedFile
  | {
      readonly type: 'directory'
      readonly path: Path
      readonly stat: BigIntStats
      readonly owner: MountOwner
    }
  | {
      readonly type: 'symlink'
      readonly path: Path
      readonly stat: BigIntStats
      readonly owner: MountOwner
      readonly target: string
    }
  | { readonly type: 'hardlink'; readonly path: Path; readonly target: Path }

const hour = 3_600_000_000_000n

/**
 * Paths of a mount in their order, the root first. Devices, FIFOs and sockets are left out: no
 * cache needs them on another machine.
 */
export async function scanMount(
  directory: string,
  owners: Pick<MountOwners, 'read'>,
  signal: AbortSignal,
): Promise<readonly ScannedEntry[]> {
  const entries: ScannedEntry[] = []
  const names = new Map<bigint, Path>()
  const visit = (path: Path, stat: BigIntStats): void => {
    const host = hostPath(directory, path)
    const first = stat.isFile() && stat.nlink > 1n ? names.get(stat.ino) : undefined
    if (first !== undefined) {
      entries.push({ type: 'hardlink', path, target: first })
      return
    }
    const found = { path, stat, owner: owners.read(host, stat) }
    if (stat.isDirectory()) entries.push({ type: 'directory', ...found })
    else if (stat.isSymbolicLink()) {
      const target = decodeName(readlinkSync(host, { encoding: 'buffer' }))
      entries.push({ type: 'symlink', ...found, target })
    } else if (stat.isFile()) {
      names.set(stat.ino, path)
      // Programs set the time of change of a file they use, or the kernel sets that of access.
      const used = Number((stat.atimeNs > stat.mtimeNs ? stat.atimeNs : stat.mtimeNs) / hour)
      entries.push({ type: 'file', ...found, size: Number(stat.size), used: Math.max(0, used) })
    }
  }
  await walk(directory, visit, { signal })
  return entries
}

/** Latest change of any of them: nanoseconds since 1970. */
export function latestChange(entries: readonly ScannedEntry[]): bigint {
  let latest = 0n
  for (const entry of entries) if (entry.type !== 'hardlink' && entry.stat.ctimeNs > latest) latest = entry.stat.ctimeNs
  return latest
}
