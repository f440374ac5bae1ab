import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { hasWildcard, type Path, type Selection, type Tree, viewOf } from '@tsbuild/tree'
import { wantedPaths } from './wanted-paths.ts'

/**
 * Warning about a source that exists but copies no file, because `filter` excludes all its
 * contents.
 */
export function emptySource(path: Path, filter: string): { readonly code: string; readonly message: string } {
  const source = path === '' ? 'the context' : `"${path}"`
  return { code: 'SourceEmpty', message: `${source} is empty in this build: ${filter} excludes everything in it` }
}

/** True if only directories without contents were selected. */
export function holdNothing(selections: readonly Selection[]): boolean {
  return selections.every(({ entry, contents }) => entry.type === 'directory' && isEmpty(contents))
}

/**
 * The paths and patterns without a match in `tree`, although the directory that it was read from
 * has one.
 */
export function emptiedSources(directory: string, tree: Tree, patterns: readonly Path[]): readonly Path[] {
  return patterns.filter((pattern) => {
    const components = pattern.split('/')
    const wild = components.findIndex(hasWildcard)
    const fixed = wild < 0 ? pattern : components.slice(0, wild).join('/')
    // A path that is missing is an error of the step that names it.
    if (viewOf(tree).get(fixed)?.type !== 'directory') return false
    if (wild < 0) return viewOf(tree).children(pattern).length === 0 && readdirSync(join(directory, pattern)).length > 0
    const wanted = wantedPaths([pattern])
    return !Array.from(tree.keys()).some(wanted.covers) && holds(directory, '', wanted)
  })
}

/** True if a file at or below a directory of this machine is wanted. */
function holds(root: string, directory: Path, wanted: ReturnType<typeof wantedPaths>): boolean {
  return readdirSync(join(root, directory), { withFileTypes: true }).some((found) => {
    const path = directory === '' ? found.name : `${directory}/${found.name}`
    return wanted.covers(path) || (found.isDirectory() && wanted.leadsTo(path) && holds(root, path, wanted))
  })
}

function isEmpty(items: Iterable<unknown>): boolean {
  for (const _ of items) return false
  return true
}
