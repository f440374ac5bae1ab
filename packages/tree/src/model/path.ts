import type { Path } from './entry.ts'

/** The directory a path is in; that of a top-level path, and of the root, is the root. */
export function parentOf(path: Path): Path {
  const slash = path.lastIndexOf('/')
  return slash < 0 ? '' : path.slice(0, slash)
}

/** The last component of a path. */
export function nameOf(path: Path): string {
  return path.slice(path.lastIndexOf('/') + 1)
}

/** The path of `name` in `directory`; `name` may be a path itself. */
export function joinPath(directory: Path, name: Path): Path {
  if (directory === '') return name
  return name === '' ? directory : `${directory}/${name}`
}

/** True when `path` is `directory` or below it. */
export function isWithin(directory: Path, path: Path): boolean {
  return directory === '' || path === directory || (path.startsWith(directory) && path[directory.length] === '/')
}

/**
 * Order of a walk through a directory: names by the bytes of their UTF-8, a directory directly
 * before what is in it.
 */
export function comparePaths(a: Path, b: Path): number {
  const length = Math.min(a.length, b.length)
  for (let at = 0; at < length; at += 1) {
    const left = a.charCodeAt(at)
    const right = b.charCodeAt(at)
    if (left !== right) return rank(left) - rank(right)
  }
  return a.length - b.length
}

/** The paths of a tree or diff in the order of `comparePaths`. */
export function sortedPaths(tree: ReadonlyMap<Path, unknown>): readonly Path[] {
  return [...tree.keys()].sort(comparePaths)
}

function rank(unit: number): number {
  if (unit === 47) return 0
  // UTF-16 puts surrogate pairs below U+E000; UTF-8 puts their characters above U+FFFF.
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit + 1
}

/**
 * Path of a text from the root: `.` and empty components are dropped, `..` removes one component
 * and stops at the root.
 */
export function rootedPath(text: string): Path {
  const parts: string[] = []
  for (const part of text.split('/')) {
    if (part === '..') parts.pop()
    else if (part !== '' && part !== '.') parts.push(part)
  }
  return parts.join('/')
}
