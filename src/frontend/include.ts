import { posix } from 'node:path'

/** What an instruction looks at in a tree: paths or wildcard patterns as written, from the root. */
export type Reads = readonly string[] | 'all'

/**
 * The union of what is read of a directory: sorted paths and patterns from its root, none inside another. Undefined when that is everything.
 * Symlinks on the way are not known here: whoever reads the directory follows them.
 */
export function include(reads: readonly Reads[]): readonly string[] | undefined {
  const paths = new Set<string>()
  for (const one of reads) {
    if (one === 'all') return undefined
    for (const path of one) paths.add(fromRoot(path))
  }
  if (paths.has('')) return undefined
  return [...paths].filter((path) => !hasAncestor(path, paths)).sort()
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

function hasAncestor(path: string, paths: ReadonlySet<string>): boolean {
  for (let slash = path.indexOf('/'); slash >= 0; slash = path.indexOf('/', slash + 1)) {
    const ancestor = path.slice(0, slash)
    // Only a literal directory contains what is below it; `a*` as a pattern for `a*/b` would read more than asked for.
    if (paths.has(ancestor) && !/[*?[\\]/.test(ancestor)) return true
  }
  return false
}
