import { posix } from 'node:path'

/** What an instruction looks at in a tree: paths or wildcard patterns as written, from the root. */
export type Reads = readonly string[] | 'all'

/** The paths and patterns below the root that steps name, sorted. */
export function namedReads(reads: readonly Reads[]): readonly string[] {
  const paths = new Set(reads.flatMap((one) => (one === 'all' ? [] : one.map(fromRoot))))
  paths.delete('')
  return [...paths].sort()
}

/**
 * The union of what is read of a directory: sorted paths and patterns from its root. Undefined when that is everything. Paths
 * within others stay: there may be symlinks on the way, which are not known here, and whoever reads the directory follows those.
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

/** Confined to the root, without slashes at the ends. What `**` may reach is everything from there on. */
function fromRoot(path: string): string {
  const parts = posix
    .join('/', path)
    .split('/')
    .filter((part) => part !== '')
  const deep = parts.findIndex((part) => part.includes('**'))
  return (deep < 0 ? parts : parts.slice(0, deep)).join('/')
}
