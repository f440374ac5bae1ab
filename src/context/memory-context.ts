import type { IgnoreMatcher } from '@tsbuild/dockerfile'
import { basename, dirname, resolve } from 'node:path'
import { contentOf, type Entry, parentOf, type Path, scan, type TreeView, viewOf } from '@tsbuild/tree'
import { BuildError } from '../build-error.ts'
import type { ContextFile, ContextFiles } from '../option-values.ts'

/** Base of relative paths of files of this machine. */
interface Place {
  readonly cwd: string
  readonly signal: AbortSignal
}

/**
 * Files of a caller as a tree, owned by root. Those in memory are dated 1970; those of this machine
 * keep their date and mode. Directories above them have mode 0755. Rejects with `CONTEXT_NOT_FOUND`
 * for a file that does not exist.
 */
export async function memoryContext(files: ContextFiles, place: Place): Promise<TreeView> {
  const tree = new Map<Path, Entry>()
  for (const [name, file] of Object.entries(files)) tree.set(contextPath(name), await entryFor(file, place))
  return viewOf(tree)
}

/** The path of a file in a context: without `./` before it. */
function contextPath(name: string): Path {
  return name.replace(/^(\.\/+)+/, '')
}

/** True for a path that names a file below the root of a context. */
export function isContextPath(name: string): boolean {
  const parts = contextPath(name).split('/')
  return !name.includes('\0') && parts.every((part) => part !== '' && part !== '.' && part !== '..')
}

/** A path that another one needs as a directory; undefined if all fit together. */
export function conflictIn(names: readonly string[]): string | undefined {
  const paths = new Set(names.map(contextPath))
  for (const path of paths)
    for (let above = parentOf(path); above !== ''; above = parentOf(above)) if (paths.has(above)) return above
  return undefined
}

/** A view without the files that an ignore file excludes. Directories stay where a file does. */
export function keptFiles(view: TreeView, ignore: Pick<IgnoreMatcher, 'matches'>): TreeView {
  const tree = new Map<Path, Entry>()
  const visit = (path: Path): void => {
    for (const name of view.children(path)) {
      const below = path === '' ? name : `${path}/${name}`
      const entry = view.get(below)
      if (entry?.type === 'directory') visit(below)
      else if (entry !== undefined && !ignore.matches(below)) tree.set(below, entry)
    }
  }
  visit('')
  return viewOf(tree)
}

async function entryFor(file: ContextFile, place: Place): Promise<Entry> {
  const owned = { uid: 0, gid: 0, mtime: 0 }
  if (typeof file === 'string' || file instanceof Uint8Array)
    return { type: 'file', mode: 0o644, ...owned, content: contentOf(file) }
  if ('link' in file) return { type: 'symlink', mode: 0o777, ...owned, target: file.link }
  if ('file' in file) return withMode(await hostFile(file.file, place), file.mode)
  return { type: 'file', mode: file.mode ?? 0o644, ...owned, content: contentOf(file.content) }
}

function withMode(entry: Entry, mode: number | undefined): Entry {
  return mode === undefined ? entry : { ...entry, mode }
}

/** A file of this machine, which is read when a step needs its content. */
async function hostFile(name: string, { cwd, signal }: Place): Promise<Entry> {
  const path = resolve(cwd, name)
  const tree = await scan(dirname(path), {
    include: (found) => (found === basename(path) ? 'take' : 'skip'),
    zeroOwners: true,
    digests: true,
    signal,
  }).catch(() => undefined)
  const entry = tree?.get(basename(path))
  if (entry?.type === 'file') return entry
  throw new BuildError('CONTEXT_NOT_FOUND', `cannot read "${name}" of the context: it is not a file`)
}
