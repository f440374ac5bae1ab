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
   * Selections of all sources, in their order. Each is a separate copy. Later ones replace earlier
   * ones.
   */
  readonly selections: readonly Selection[]
  /** From the root. A `/` or `/.` at its end marks a directory. */
  readonly destination: string
  /** `--parents`: paths of the sources are made below the destination, which is a directory. */
  readonly parents?: boolean
  /**
   * `--chown`: owner of all entries that are copied or made. Without it sources keep theirs, and
   * made directories belong to root.
   */
  readonly owner?: { readonly uid: number; readonly gid: number }
  /** `--chmod`: for files and directories, not symlinks. */
  readonly mode?: ModeChange
  /** Seconds since 1970: the time of directories that have to be made. */
  readonly time: number
}

/**
 * The layer that COPY makes on top of a file system. Existing directories on the way are not
 * changed. Symlinks in the destination are followed within the root. A file replaces the entry at
 * its path. Replacing a directory by another type, or the reverse, throws `TreeError`
 * `COPY_CONFLICT`. The layer also has the directories above the changes, unchanged.
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
 * Copies the contents of a directory. With `--parents` the destination is not the copy of anything:
 * it keeps its time.
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

/** Replaces the entry at a path by the copy, unless exactly one of them is a directory. */
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
