import type { LocatedChange } from './diff.ts'
import type { EntryOf, LocatedContent, Path } from './entry.ts'
import { TreeError } from './errors.ts'
import { linkTo } from './hardlinks.ts'
import { missingTarget, throughLinks } from './layer-path.ts'
import { isWithin, parentOf } from './path.ts'
import { impliedDirectory } from './view.ts'
import { hiddenRoot, type Marker } from './whiteout.ts'

type Located = EntryOf<LocatedContent>

/** Gathers the entries of one layer, in the order of its tar, into one change for each path. */
export class LayerContents {
  readonly #entries = new Map<Path, Located>()
  readonly #removed = new Set<Path>()
  /** Directories that let nothing of lower layers be seen: marked so, or put in the place of something else. */
  readonly #opaque = new Set<Path>()
  /** There are entries which links may lead to, but which are not part of the layer. */
  #hasHidden = false
  /** Every path something was put below, so that finding the usual case costs one look-up. */
  readonly #directories = new Set<Path>()
  /** Further names of files, by the path that has the content. */
  readonly #links = new Map<Path, Path[]>()

  /** Where an entry goes: symlinks that the layer itself has put above it are followed, within the root. */
  place(path: Path): Path {
    return this.#directories.has(parentOf(path)) ? path : throughLinks(this.#entries, path)
  }

  /** Takes an entry; what it excludes of earlier ones is gone: the same path, what was below a non-directory, a non-directory above. */
  put(path: Path, entry: Located): void {
    const put = entry.type === 'hardlink' ? this.#linked(path, entry) : entry
    if (put === undefined) return
    this.#enter(path)
    if (put.type === 'directory') this.#makeWay(path)
    else if (this.#directories.has(path)) this.#forget(path)
    this.#take(path)
    this.#entries.set(path, put)
    if (put.type !== 'hardlink') return
    const names = this.#links.get(put.target)
    if (names === undefined) this.#links.set(put.target, [path])
    else names.push(path)
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

  /** The changes: whiteouts count for lower layers only, so a path both removed and put is replaced. */
  *changes(): Generator<LocatedChange, void, undefined> {
    for (const path of this.#opaque) if (!this.#entries.has(path)) this.put(path, impliedDirectory)
    if (this.#hasHidden) for (const path of [...this.#entries.keys()]) if (hiddenRoot(path) !== undefined) this.#take(path)
    for (const path of this.#removed) {
      if (this.#entries.has(path)) this.#opaque.add(path)
      else if (this.#directories.has(path)) this.#entries.set(path, impliedDirectory)
      else yield { path, change: { type: 'remove' } }
    }
    for (const [path, entry] of this.#entries) {
      const isOpaque = entry.type === 'directory' && (this.#opaque.has(path) || this.#removed.has(path))
      yield { path, change: isOpaque ? { type: 'set', entry, opaque: true } : { type: 'set', entry } }
    }
  }

  /** Makes directories of everything above a path. */
  #enter(path: Path): void {
    for (let child = path; child !== ''; ) {
      child = parentOf(child)
      if (this.#directories.has(child)) break
      this.#directories.add(child)
      this.#makeWay(child)
    }
  }

  #forget(directory: Path): void {
    for (const path of [...this.#entries.keys()]) if (isWithin(directory, path)) this.#take(path)
    for (const path of this.#directories) if (isWithin(directory, path)) this.#directories.delete(path)
    for (const path of this.#opaque) if (isWithin(directory, path)) this.#opaque.delete(path)
    for (const path of this.#removed) if (path !== directory && isWithin(directory, path)) this.#removed.delete(path)
  }

  /** Removes what is where a directory has to be. It took away what lower layers have there. */
  #makeWay(path: Path): void {
    const found = this.#entries.get(path)
    if (found === undefined || found.type === 'directory') return
    this.#take(path)
    this.#opaque.add(path)
  }

  /** Removes an entry. Of the other names of a file the first becomes the file. */
  #take(path: Path): void {
    const taken = this.#entries.get(path)
    if (!this.#entries.delete(path) || taken?.type !== 'file') return
    const names = (this.#links.get(path) ?? []).filter((name) => {
      const entry = this.#entries.get(name)
      return entry?.type === 'hardlink' && entry.target === path
    })
    this.#links.delete(path)
    const [first, ...rest] = names
    if (first === undefined) return
    this.#entries.set(first, taken)
    for (const name of rest) this.#entries.set(name, linkTo(first, taken))
    this.#links.set(first, rest)
  }

  /**
   * A link with its target the file itself, which the layer must have by now; nothing to do for a file linked to itself. A link to
   * another kind of inode is made a second one of that kind.
   */
  #linked(path: Path, link: Extract<Located, { type: 'hardlink' }>): Located | undefined {
    const named = this.#entries.get(link.target)
    const target = named?.type === 'hardlink' ? named.target : link.target
    const found = this.#entries.get(target)
    if (found?.type === 'directory') throw new TreeError('LAYER_INVALID', `Layer links "${path}" to the directory "${target}"`, { path })
    const isSame = path === target || path === link.target
    // What the link itself takes away cannot be linked to.
    const isTakenAway = !isSame && (isWithin(path, target) || isWithin(target, path))
    if (found === undefined || isTakenAway) throw missingTarget(path, link.target)
    if (isSame) return undefined
    return found.type === 'file' ? { ...link, target } : found
  }
}
