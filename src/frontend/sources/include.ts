import { posix } from 'node:path'

/** Paths or wildcard patterns of a tree that an instruction reads, as written, from the root. */
export type Reads = readonly string[] | 'all'

/** The paths and patterns below the root that steps name, sorted. */
export function namedReads(reads: readonly Reads[]): readonly string[] {
  const paths = new Set(reads.flatMap((one) => (one === 'all' ? [] : one.map(fromRoot))))
  paths.delete('')
  return [...paths].sort()
}

/**
 * Union of the parts of a directory that are read: sorted paths and patterns from its root.
 * Undefined for the whole directory. Paths within others stay: a path may have symlinks, which only
 * the reader of the directory knows and follows.
 */
export function include(reads: readonly Reads[]): readonly string[] | undefined {
  const paths = new Set<string>()
  for (const one of reads) {
    if (one === 'all') return undefined
    for (const path of one) paths.add(fromRoot(path))
  }
  if (paths.has('')) return undefined
  return [...paths].sort()
}

/**
 * Confined to the root, without slashes at the ends. What `**` may reach is everything from there
 * on.
 */
function fromRoot(path: string): string {
  const parts = posix
    .join('/', path)
    .split('/')
    .filter((part) => part !== '')
  const deep = parts.findIndex((part) => part.includes('**'))
  return (deep < 0 ? parts : parts.slice(0, deep)).join('/')
}
