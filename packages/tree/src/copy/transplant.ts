import type { Diff } from '../model/diff.ts'
import { EditedView } from './edited-view.ts'
import type { Entry, Path } from '../model/entry.ts'
import { TreeError } from '../model/errors.ts'
import { makeDirectory, type NewDirectory } from './make-directory.ts'
import type { ModeChange } from '../model/mode.ts'
import { joinPath, parentOf } from '../model/path.ts'
import { resolvePath } from '../model/resolve-path.ts'
import type { Selection } from './select.ts'
import type { TreeView } from '../model/view.ts'

/** Input of COPY, and of ADD of anything but archives. */
export interface TransplantRequest {
  /**
   * Selections of all sources, in their order. Each is a copy of its own; later ones replace
   * earlier ones.
   */
  readonly selections: readonly Selection[]
  /** From the root; a `/` or `/.` at its end says that it is a directory. */
  readonly destination: string
  /** `--parents`: paths of the sources are made below the destination, which is a directory. */
  readonly parents?: boolean
  /**
   * `--chown`: owner of everything copied or made; without it sources keep theirs and what is made
   * is root's.
   */
  readonly owner?: { readonly uid: number; readonly gid: number }
  /** `--chmod`: for files and directories, not symlinks. */
  readonly mode?: ModeChange
  /** Seconds since 1970: the time of directories that have to be made. */
  readonly time: number
}

/**
 * The layer that COPY makes on top of a file system. Existing directories on the way keep what they
 * are, symlinks in the destination are followed within the root, and what is in the way of a file
 * is replaced, but never a directory by something else or the other way round: that throws
 * `TreeError` `COPY_CONFLICT`. Directories above what changed are in the layer as they were.
 */
export function transplant(target: TreeView, request: TransplantRequest): Diff {
  const view = new EditedView(target)
  for (const selection of request.selections) {
    const destination = resolvePath(view, request.destination)
    if (selection.entry.type === 'directory') copyDirectory(view, destination, { selection, request })
    else copyFile(view, destination, { selection, request })
  }
  return view.diff()
}

interface Copy {
  readonly selection: Selection
  readonly request: TransplantRequest
}

function copyFile(view: EditedView, destination: Path, { selection, request }: Copy): void {
  const isInto = /\/\.?$/.test(request.destination) || view.get(destination)?.type === 'directory'
  makeDirectory(view, isInto ? destination : parentOf(destination), madeBy(request))
  put(view, isInto ? joinPath(destination, selection.name) : destination, changed(selection.entry, request))
}

/**
 * Copies what is in a directory. With `--parents` the destination is not the copy of anything: it
 * keeps its time.
 */
function copyDirectory(view: EditedView, destination: Path, { selection, request }: Copy): void {
  makeDirectory(view, destination, madeBy(request))
  const made = view.get(destination)
  if (made !== undefined && request.parents !== true) view.put(destination, { ...made, mtime: selection.entry.mtime })
  for (const { path, entry } of selection.contents) {
    const copied = entry.type === 'hardlink' ? { ...entry, target: joinPath(destination, entry.target) } : entry
    put(view, joinPath(destination, path), changed(copied, request))
  }
}

/** Replaces what is at a path by what was copied, unless just one of the two is a directory. */
function put(view: EditedView, path: Path, entry: Entry): void {
  const found = view.get(path)
  if (found !== undefined && found.type !== 'directory' && entry.type === 'directory') {
    throw new TreeError('COPY_CONFLICT', `cannot copy to non-directory: /${path}`, {
      path,
      hint: 'name another destination',
    })
  }
  if (found?.type === 'directory' && entry.type !== 'directory') {
    throw new TreeError('COPY_CONFLICT', `cannot replace to directory /${path} with file`, {
      path,
      hint: 'name another destination, or leave the file out with --exclude',
    })
  }
  view.put(path, entry)
}

function changed(entry: Entry, { owner, mode }: TransplantRequest): Entry {
  const owned = owner === undefined ? entry : { ...entry, ...owner }
  if (mode === undefined || entry.type === 'symlink') return owned
  return { ...owned, mode: mode.apply(entry.mode, entry.type === 'directory') }
}

/**
 * Metadata of directories that a copy creates: the permissions of an octal mode without the special
 * bits.
 */
function madeBy({ owner, mode, time }: TransplantRequest): NewDirectory {
  return { mode: (mode?.octal ?? 0o755) & 0o777, uid: owner?.uid ?? 0, gid: owner?.gid ?? 0, time }
}
