import type { TarEntry } from '@tsbuild/tar'
import type { Diff } from '../model/diff.ts'
import { EditedView } from './edited-view.ts'
import type { Entry, FileContent, Path } from '../model/entry.ts'
import { TreeError } from '../model/errors.ts'
import { linkTo } from '../model/hardlinks.ts'
import { cleanPath } from '../tar/layer-path.ts'
import { makeDirectory, type NewDirectory } from './make-directory.ts'
import { contentOf } from '../model/memory-content.ts'
import { isWithin, joinPath, nameOf, parentOf } from '../model/path.ts'
import { resolvePath } from '../model/resolve-path.ts'
import { entryOfTar } from '../tar/tar-entry.ts'
import type { TreeView } from '../model/view.ts'

/** One entry of an archive that ADD unpacks. Files have their content. */
export interface ArchiveMember {
  readonly entry: TarEntry
  readonly content?: FileContent
}

export interface AddArchiveRequest {
  /** Directory from the root. Made if it is missing. */
  readonly destination: string
  /**
   * `--chown`: owner of the destination and of all members, instead of the owners in the archive.
   * Directories that the archive only implies belong to root.
   */
  readonly owner?: { readonly uid: number; readonly gid: number }
  /** Seconds since 1970: the time of directories the archive does not have. */
  readonly time: number
}

/**
 * The layer that unpacking an archive makes on top of a file system. Members replace entries at
 * their path, directories with their contents. A directory on a directory is merged and gets the
 * metadata of the member. The archive's root is ignored. Names and targets of hard links that lead
 * out of the destination throw `TreeError` `ARCHIVE_BREAKOUT`. Symlinks are kept unchanged. Those
 * on the path of a later member are followed within the destination.
 */
export function addArchive(target: TreeView, members: Iterable<ArchiveMember>, request: AddArchiveRequest): Diff {
  const view = new EditedView(target)
  const made: NewDirectory = { mode: 0o755, uid: 0, gid: 0, time: request.time }
  const root = resolvePath(view, request.destination)
  makeDirectory(view, root, { ...made, ...request.owner })
  /** The destination as a root, as after chroot(2). */
  const inside = { get: (path: Path) => view.get(joinPath(root, path)) }
  const place = (path: Path): Path => joinPath(root, joinPath(resolvePath(inside, parentOf(path)), nameOf(path)))
  for (const member of members) {
    const path = confined(member.entry.path, member.entry.path)
    if (path === '') continue
    const at = place(path)
    makeDirectory(view, parentOf(at), made)
    const entry = entryFor(member)
    const owned = request.owner === undefined ? entry : { ...entry, ...request.owner }
    if (owned.type === 'hardlink') putLink(view, at, { ...owned, target: place(owned.target) })
    else view.put(at, owned)
  }
  return view.diff()
}

/** The entry of a member, with the checks on where it leads. */
function entryFor({ entry, content }: ArchiveMember): Entry {
  const target = entry.type === 'hardlink' ? confined(entry.target, entry.path) : ''
  return entryOfTar(entry, { content: content ?? contentOf(''), target })
}

/**
 * Puts a further name of a file, which comes into the layer with it: a layer cannot link into
 * another. Its metadata is that of the file.
 */
function putLink(view: EditedView, at: Path, link: Extract<Entry, { type: 'hardlink' }>): void {
  const found = view.get(link.target)
  const target = found?.type === 'hardlink' ? found.target : link.target
  const file = view.get(target)
  // A link takes away what it replaces, and cannot lead to something in there.
  const isTakenAway = target !== at && isWithin(at, target)
  if (file === undefined || file.type === 'directory' || file.type === 'hardlink' || isTakenAway) {
    throw new TreeError('LINK_TARGET_MISSING', `archive links "${at}" to "${link.target}", which is not a file`, {
      path: at,
    })
  }
  if (target === at) return
  view.put(target, file)
  view.put(at, file.type === 'file' ? linkTo(target, file) : file)
}

function confined(name: string, member: string): Path {
  const path = cleanPath(name)
  if (path !== undefined) return path
  throw new TreeError('ARCHIVE_BREAKOUT', `archive member "${member}" leads out of the destination`, { path: member })
}
