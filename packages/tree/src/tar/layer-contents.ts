import type { LocatedChange } from '../model/diff.ts'
import type { EntryOf, LocatedContent, Path } from '../model/entry.ts'
import { TreeError } from '../model/errors.ts'
import { missingTarget, throughLinks } from './layer-path.ts'
import { isWithin, parentOf } from '../model/path.ts'
import { impliedDirectory } from '../model/view.ts'
import { hiddenRoot, type Marker } from './whiteout.ts'

type Located = EntryOf<LocatedContent>
type File = Extract<Located, { type: 'file' }>
type Link = Extract<Located, { type: 'hardlink' }>

/** The names of a file that has several, in the order they were put. */
interface Inode {
  readonly file: File
  readonly names: Set<Path>
}

/** Gathers the entries of one layer, in the order of its tar, into one change for each path. */
export class LayerContents {
  readonly #entries = new Map<Path, Located>()
  readonly #removed = new Set<Path>()
  /**
   * Directories that let nothing of lower layers be seen: marked so, or put in the place of
   * something else.
   */
  readonly #opaque = new Set<Path>()
  /** There are entries which links may lead to, but which are not part of the layer. */
  #hasHidden = false
  /** Every path something was put below, so that finding the usual case costs one look-up. */
  readonly #directories = new Set<Path>()
  /** Files that have several names, by each of them. */
  readonly #inodes = new Map<Path, Inode>()
  /**
   * Names put or removed in each directory, even if they are gone. Made for the first directory
   * that is replaced.
   */
  #children: Map<Path, Set<Path>> | undefined

  /**
   * Resolves the path of an entry: follows symlinks that the layer itself has put above it, within
   * the root.
   */
  place(path: Path): Path {
    return this.#directories.has(parentOf(path)) ? path : throughLinks(this.#entries, path)
  }

  /**
   * Takes an entry; what it excludes of earlier ones is gone: the same path, what was below a
   * non-directory, a non-directory above.
   */
  put(path: Path, entry: Located): void {
    if (entry.type === 'hardlink') this.#putLink(path, entry)
    else this.#replace(path, entry)
  }

  mark(marker: Marker): void {
    if (marker.type === 'remove') {
      this.#enter(marker.path)
      this.#removed.add(marker.path)
    }
    if (marker.type === 'opaque') {
      if (this.#entries.get(marker.path)?.type !== 'directory') this.put(marker.path, impliedDirectory)
      this.#opaque.add(marker.path)
    }
    if (marker.type === 'ignore') this.#hasHidden = true
  }

  /**
   * The changes: whiteouts count for lower layers only, so a path both removed and put is replaced.
   */
  *changes(): Generator<LocatedChange, void, undefined> {
    for (const path of this.#opaque) if (!this.#entries.has(path)) this.put(path, impliedDirectory)
    if (this.#hasHidden)
      for (const path of [...this.#entries.keys()]) if (hiddenRoot(path) !== undefined) this.#take(path)
    for (const path of this.#removed) {
      if (this.#entries.has(path)) this.#opaque.add(path)
      else if (this.#directories.has(path)) this.#entries.set(path, impliedDirectory)
      else yield { path, change: { type: 'remove' } }
    }
    for (const [path, found] of this.#entries) {
      const entry = found.type === 'hardlink' ? this.#named(path, found) : found
      const isOpaque = entry.type === 'directory' && (this.#opaque.has(path) || this.#removed.has(path))
      yield { path, change: isOpaque ? { type: 'set', entry, opaque: true } : { type: 'set', entry } }
    }
  }

  #replace(path: Path, entry: Located): void {
    this.#enter(path)
    if (entry.type === 'directory') this.#makeWay(path)
    else if (this.#directories.has(path)) this.#forget(path)
    this.#take(path)
    this.#entries.set(path, entry)
  }

  /**
   * Puts a further name of what the layer must have by now; nothing is to do for a file linked to
   * itself. A link to another kind of inode than a file is made a second one of that kind.
   */
  #putLink(path: Path, link: Link): void {
    const { target } = link
    const found = this.#entries.get(target)
    if (found?.type === 'directory')
      throw new TreeError('LAYER_INVALID', `layer links "${path}" to the directory "${target}"`, { path })
    // A link cannot lead to a file that it replaces.
    const isTakenAway = path !== target && (isWithin(path, target) || isWithin(target, path))
    if (found === undefined || isTakenAway) throw missingTarget(path, target)
    const inode =
      found.type === 'file'
        ? (this.#inodes.get(target) ?? { file: found, names: new Set([target]) })
        : this.#inodes.get(target)
    if (path === target || inode?.names.has(path) === true) return
    this.#replace(path, inode === undefined ? found : link)
    if (inode === undefined) return
    for (const name of [target, path]) this.#inodes.set(name, inode)
    inode.names.add(path)
  }

  /** A link as the layer ends up: the first of the names of a file is the file. */
  #named(path: Path, link: Link): Located {
    const { file, names } = this.#inodes.get(path) ?? {}
    const [first = path] = names ?? []
    return file === undefined || first !== path ? { ...link, target: first } : file
  }

  /** Makes directories of everything above a path. */
  #enter(path: Path): void {
    for (let child = path; child !== ''; ) {
      const parent = parentOf(child)
      if (this.#children !== undefined) addChild(this.#children, child)
      if (this.#directories.has(parent)) break
      this.#directories.add(parent)
      this.#makeWay(parent)
      child = parent
    }
  }

  /**
   * Removes a directory with all that is in it. Takes time for that, not for the rest of the layer.
   */
  #forget(directory: Path): void {
    this.#children ??= groupChildren(this.#entries.keys(), this.#removed, this.#directories)
    const gone = [directory]
    for (const path of gone) {
      for (const child of this.#children.get(path) ?? []) gone.push(child)
      this.#children.delete(path)
      this.#take(path)
      this.#directories.delete(path)
      this.#opaque.delete(path)
      if (path !== directory) this.#removed.delete(path)
    }
  }

  /** Removes what is where a directory has to be. It took away what lower layers have there. */
  #makeWay(path: Path): void {
    const found = this.#entries.get(path)
    if (found === undefined || found.type === 'directory') return
    this.#take(path)
    this.#opaque.add(path)
  }

  /** Removes an entry. Other names of a file keep its content. */
  #take(path: Path): void {
    this.#entries.delete(path)
    this.#inodes.get(path)?.names.delete(path)
    this.#inodes.delete(path)
  }
}

function groupChildren(...paths: readonly Iterable<Path>[]): Map<Path, Set<Path>> {
  const children = new Map<Path, Set<Path>>()
  for (const some of paths) for (const path of some) if (path !== '') addChild(children, path)
  return children
}

function addChild(children: Map<Path, Set<Path>>, path: Path): void {
  const siblings = children.get(parentOf(path))
  if (siblings === undefined) children.set(parentOf(path), new Set([path]))
  else siblings.add(path)
}
