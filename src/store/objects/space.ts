import { statfs } from 'node:fs/promises'

/** Bounds of a store in bytes, with the names and meanings of BuildKit's garbage collection. */
export interface SpaceBounds {
  /** The cache is never made smaller than this. */
  readonly reservedSpace?: number
  /** Most that the store may take. */
  readonly maxUsedSpace?: number
  /** Space that is left free on the disk, if that is possible. */
  readonly minFreeSpace?: number
}

/** Size of a disk and its space for ordinary users, in bytes. */
export interface Disk {
  readonly size: number
  readonly free: number
}

/** The disk of a directory. */
export async function readDisk(directory: string): Promise<Disk> {
  const { blocks, bavail, bsize } = await statfs(directory)
  return { size: blocks * bsize, free: bavail * bsize }
}

/**
 * Bytes that a store of `total` bytes may keep; undefined without a bound. As in BuildKit: at most
 * `maxUsedSpace`, less if the disk is fuller than `minFreeSpace` allows, but not less than
 * `reservedSpace`.
 */
export function bytesToKeep(
  total: number,
  { free }: Pick<Disk, 'free'>,
  { reservedSpace, maxUsedSpace, minFreeSpace }: SpaceBounds,
): number | undefined {
  if (maxUsedSpace === undefined && minFreeSpace === undefined) return reservedSpace
  const lacking = Math.max(0, (minFreeSpace ?? 0) - free)
  return Math.max(reservedSpace ?? 0, Math.min(maxUsedSpace ?? total, total - lacking))
}
