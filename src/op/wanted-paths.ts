import { goMatch, isWithin, type Path } from '@tsbuild/tree'

/** Wanted parts of a directory: paths, or patterns by Go's rules, from its root. */
export interface WantedPaths {
  /** True if a path is wanted itself, or lies below one that is. */
  covers(path: Path): boolean
  /** True if a path is wanted, or on the way to a wanted one. */
  leadsTo(path: Path): boolean
}

/** Compiles a list of wanted paths. Without a list, all paths are wanted. */
export function wantedPaths(patterns: readonly string[] | undefined): WantedPaths {
  if (patterns === undefined) return { covers: () => true, leadsTo: () => true }
  const compiled = patterns.map(compile)
  return {
    covers: (path) => compiled.some((pattern) => pattern.covers(path)),
    leadsTo: (path) => compiled.some((pattern) => pattern.leadsTo(path)),
  }
}

function compile(pattern: string): WantedPaths {
  if (!/[*?[\\]/.test(pattern))
    return { covers: (path) => isWithin(pattern, path), leadsTo: (path) => isWithin(path, pattern) }
  const parts = pattern.split('/')
  const prefixes = parts.map((_, index) => goMatch(parts.slice(0, index + 1).join('/')))
  const whole = goMatch(pattern)
  return {
    covers: (path) => path === pattern || whole(path.split('/').slice(0, parts.length).join('/')),
    leadsTo: (path) => path === '' || path === pattern || (prefixes[path.split('/').length - 1]?.(path) ?? false),
  }
}
