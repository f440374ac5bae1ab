import type { Entry, Path } from '../model/entry.ts'
import { TreeError } from '../model/errors.ts'
import { goMatch, hasWildcard, isMalformed } from './go-match.ts'
import { isWithin, joinPath, nameOf, parentOf, rootedPath } from '../model/path.ts'
import { resolvePath } from '../model/resolve-path.ts'
import { contentsOf, type SelectedEntry } from './selected-contents.ts'
import { resolveHardlink, type TreeView } from '../model/view.ts'
import type { Filter } from '../disk/walk.ts'

/** A source of COPY or ADD as written. `literal` paths are never patterns. */
export interface SourcePattern {
  readonly path: string
  readonly literal?: boolean
}

export interface SelectOptions {
  /**
   * Excludes contents of a copied directory. Paths are relative to that directory. A directory left
   * out is copied after all when something in it is.
   */
  readonly exclude?: (relativePath: Path, isDirectory: boolean) => boolean
  /**
   * `--parents`: compiles a pattern with `**` for paths relative to the root or pivot. The contents
   * of a matched directory match too.
   */
  readonly parents?: (pattern: string) => (relativePath: Path) => boolean
}

/**
 * One file or directory that a source matches. With `--parents` it is the root or pivot, and
 * `contents` has the matches.
 */
export interface Selection {
  /** Path with symlinks followed. */
  readonly path: Path
  /** File name in a directory that it is copied into: the name it was selected by. */
  readonly name: string
  /** Neither a symlink nor a hard link. */
  readonly entry: Entry
  /** Contents of a directory, in path order. Computed again for each iteration. */
  readonly contents: Iterable<SelectedEntry>
}

/**
 * Selections of a source in a file system, in lexical order. Symlinks on the way and at the end are
 * followed within the root, except those that a wildcard matches on the way. Throws `TreeError`
 * `SOURCE_NOT_FOUND` if a path without wildcards, or the part before the first wildcard, does not
 * exist. Throws `PATTERN_INVALID` for a malformed pattern. A pattern without a match selects no
 * file. `--parents` makes the directories a path names, so those after the root or pivot must be
 * directories and no symlinks.
 */
export function selectSources(
  view: TreeView,
  source: SourcePattern,
  options: SelectOptions = {},
): readonly Selection[] {
  const exclude = options.exclude ?? (() => false)
  const filter: Filter = (path, isDirectory) => (exclude(path, isDirectory) ? 'descend' : 'take')
  if (options.parents === undefined) return findSources(view, source).map((found) => withContents(view, found, filter))

  const pivot = source.path.indexOf('/./')
  const bases = pivot < 0 ? '' : source.path.slice(0, pivot)
  const pattern = rootedPath(pivot < 0 ? source.path : source.path.slice(pivot + 3))
  const isLiteral = source.literal === true || !hasWildcard(pattern)
  const matches = isLiteral ? (path: Path) => path === pattern : options.parents(pattern)
  const picked = picking(matches, isLiteral ? pattern : staticPart(pattern), filter)
  const found = findSources(view, { ...source, path: bases })
  // The root or pivot itself, as in `.` and `x/./`: it has no parents to make. BuildKit copies no
  // file for it.
  if (pattern === '') return found.map((base) => withContents(view, base, filter))
  if (isLiteral && !hasWildcard(bases)) for (const base of found) checkParents(view, joinPath(base.path, pattern))
  // Only directories have paths below a pivot.
  return found.filter(({ entry }) => entry.type === 'directory').map((base) => withContents(view, base, picked))
}

function checkParents(view: TreeView, path: Path): void {
  const found = find(view, path, { followLast: false })
  if (found.path === path) return
  throw new TreeError('SOURCE_NOT_FOUND', `"/${path}": not found`, {
    path,
    hint: `it leads through a symlink to "/${found.path}"`,
  })
}

type Found = Pick<Selection, 'path' | 'name' | 'entry'>

function findSources(view: TreeView, source: SourcePattern): readonly Found[] {
  const path = rootedPath(source.path)
  const components = path === '' ? [] : path.split('/')
  const firstWild = source.literal === true ? -1 : components.findIndex(hasWildcard)
  if (firstWild < 0) return [find(view, path)]
  if (isMalformed(path))
    throw new TreeError('PATTERN_INVALID', `invalid pattern "${source.path}": syntax error in pattern`, {
      path,
      hint: 'the JSON form needs commas: ["a", "b"]; write [[] for a [ in a name',
    })
  const base = find(view, components.slice(0, firstWild).join('/'))
  return matchesBelow(view, base.path, components.slice(firstWild)).map((match) => find(view, match))
}

/**
 * Paths below a directory that match a pattern. They have as many components as the pattern.
 * Symlinks are not looked through.
 */
function matchesBelow(view: TreeView, base: Path, pattern: readonly string[]): readonly Path[] {
  const matches = goMatch(pattern.join('/'))
  let level: readonly Path[] = ['']
  for (const _ of pattern)
    level = level.flatMap((path) => view.children(joinPath(base, path)).map((name) => joinPath(path, name)))
  return level.filter(matches).map((path) => joinPath(base, path))
}

/** Path at the end of all links. `SOURCE_NOT_FOUND` names the part that exists. */
function find(view: TreeView, path: Path, options: { readonly followLast?: boolean } = {}): Found {
  const resolved = resolvePath(view, path, options)
  const entry = view.get(resolved)
  const file = entry === undefined ? undefined : resolveHardlink(view, entry)
  if (file !== undefined) return { path: resolved, name: nameOf(path), entry: file }
  let nearest = resolved
  while (nearest !== '' && view.get(nearest) === undefined) nearest = parentOf(nearest)
  const hint =
    resolved === path
      ? `the nearest path that exists is "/${nearest}"`
      : `it leads to "/${resolved}"; the nearest path that exists is "/${nearest}"`
  throw new TreeError('SOURCE_NOT_FOUND', `"/${path}": not found`, {
    path,
    hint,
    beside: nearest === parentOf(resolved) ? view.children(nearest) : [],
  })
}

function withContents(view: TreeView, found: Found, filter: Filter): Selection {
  const contents = { [Symbol.iterator]: () => contentsOf(view, found.path, filter) }
  return { ...found, contents: found.entry.type === 'directory' ? contents : [] }
}

/** A filter that takes matches and their contents, and looks only below `prefix`. */
function picking(matches: (path: Path) => boolean, prefix: Path, filter: Filter): Filter {
  return (path, isDirectory) => {
    if (!isWithin(prefix, path) && !isWithin(path, prefix)) return 'skip'
    for (let above = path; above !== ''; above = parentOf(above)) if (matches(above)) return filter(path, isDirectory)
    return 'descend'
  }
}

/** The components of a pattern before the first wildcard. */
function staticPart(pattern: string): Path {
  const components = pattern.split('/')
  return components.slice(0, components.findIndex(hasWildcard)).join('/')
}
