import { comparePaths, type Path } from '@tsbuild/tree'

/** A file of a mount, for the decision which ones are carried. */
export interface UsedFile {
  readonly path: Path
  /** Bytes. */
  readonly size: number
  /** A time; later is larger. */
  readonly used: number
}

/** Files that are too many: those used longest ago, until the others are within both bounds. */
export function findLeastRecent<F extends UsedFile>(
  files: readonly F[],
  { size: maxSize, count: maxCount }: { readonly size: number; readonly count: number },
): ReadonlySet<F> {
  let size = files.reduce((sum, file) => sum + file.size, 0)
  let count = files.length
  const dropped = new Set<F>()
  if (size <= maxSize && count <= maxCount) return dropped
  for (const file of [...files].sort((a, b) => a.used - b.used || comparePaths(a.path, b.path))) {
    if (size <= maxSize && count <= maxCount) break
    dropped.add(file)
    size -= file.size
    count -= 1
  }
  return dropped
}
