import type { FileChange } from '../model/comparison.ts'

/** Differing files of a directory, those in directories below it included. */
export interface DirectoryChange {
  /** Without a leading slash; `''` is the root directory. */
  readonly path: string
  readonly count: number
  /** Bytes that came, and bytes that went. A file that changed counts with its difference. */
  readonly grown: number
  readonly shrunk: number
}

/** Levels of directories; deeper files count for the directory above. */
const levels = 2

/** Directories of differing files, down to two levels; those with the most bytes first. */
export function sumDirectories(changes: readonly FileChange[]): readonly DirectoryChange[] {
  const sums = new Map<string, { count: number; grown: number; shrunk: number }>()
  for (const { path, before, after } of changes) {
    if (before?.size === undefined && after?.size === undefined) continue
    const directory = path.split('/').slice(0, -1).slice(0, levels).join('/')
    const sum = sums.get(directory) ?? { count: 0, grown: 0, shrunk: 0 }
    const difference = (after?.size ?? 0) - (before?.size ?? 0)
    sum.count += 1
    sum[difference < 0 ? 'shrunk' : 'grown'] += Math.abs(difference)
    sums.set(directory, sum)
  }
  const all = [...sums].map(([path, sum]) => ({ path, ...sum }))
  return all.sort((a, b) => b.grown + b.shrunk - a.grown - a.shrunk || (a.path < b.path ? -1 : 1))
}
