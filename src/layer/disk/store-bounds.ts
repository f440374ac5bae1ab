/** Bytes, or a share of the disk such as `10%`. */
export type Space = number | `${number}%`

/** Bounds of a store. Without one of them its default is used. */
export interface StoreBounds {
  /** The store is not made smaller than this. Default: 10 % of the disk, at most 10 GB. */
  readonly reservedSpace?: Space
  /** The store is made smaller than this. Default: 60 % of the disk, at most 100 GB. */
  readonly maxUsedSpace?: Space
  /** So much of the disk stays free, if possible. Default: 20 % of the disk, at most 20 GB. */
  readonly minFreeSpace?: Space
}

const GB = 1e9

/** The bounds in bytes on a disk of `size` bytes. */
export function boundsInBytes(
  { reservedSpace, maxUsedSpace, minFreeSpace }: StoreBounds,
  size: number,
): Record<keyof StoreBounds, number> {
  const bytes = (space: Space): number =>
    typeof space === 'number' ? space : Math.floor((size * Number(space.slice(0, -1))) / 100)
  return {
    reservedSpace: bytes(reservedSpace ?? Math.min(size * 0.1, 10 * GB)),
    maxUsedSpace: bytes(maxUsedSpace ?? Math.min(size * 0.6, 100 * GB)),
    minFreeSpace: bytes(minFreeSpace ?? Math.min(size * 0.2, 20 * GB)),
  }
}

/** True for bytes, or 0 to 100 percent. */
export function isSpace(value: unknown): value is Space {
  if (typeof value === 'number') return Number.isSafeInteger(value) && value >= 0
  return typeof value === 'string' && /^\d{1,2}(?:\.\d+)?%$|^100%$/.test(value)
}
