import type { LocatedChange } from './diff.ts'
import type { EntryOf, LocatedContent, Path } from './entry.ts'
import { TreeError } from './errors.ts'
import { isWithin, parentOf } from './path.ts'
import { impliedDirectory } from './view.ts'
import type { Marker } from './whiteout.ts'

type Located = EntryOf<LocatedContent>

/** Gathers the entries of one layer, in the order of its tar, into one change for each path. */
export class LayerContents {
  readonly #entries = new Map<Path, Located>()
  readonly #removed = new Set<Path>()
  readonly #opaque = new Set<Path>()
  /** Every path something was put below, so that finding the usual case costs one look-up. */
  readonly #directories = new Set<Path>()

  /** Takes an entry; what it excludes of earlier ones is gone: the same path, what was below a non-directory, a non-directory above. */
  put(path: Path, entry: Located): void {
    for (let child = path; child !== ''; ) {
      child = parentOf(child)
      if (this.#directories.has(child)) break
      this.#directories.add(child)
      const above = this.#entries.get(child)
      if (above !== undefined && above.type !== 'directory') this.#entries.delete(child)
    }
    if (entry.type !== 'directory' && this.#directories.has(path)) this.#forget(path)
    this.#entries.set(path, entry)
  }

  mark(marker: Marker): void {
    if (marker.type === 'remove') this.#removed.add(marker.path)
    if (marker.type === 'opaque') this.#opaque.add(marker.path)
  }

  /** The changes: whiteouts count for lower layers only, so a path both removed and put is replaced. */
  *changes(): Generator<LocatedChange, void, undefined> {
    for (const path of this.#opaque) if (!this.#entries.has(path)) this.put(path, impliedDirectory)
    for (const path of this.#removed) {
      if (this.#entries.has(path)) this.#opaque.add(path)
      else if (this.#directories.has(path)) this.#entries.set(path, impliedDirectory)
      else yield { path, change: { type: 'remove' } }
    }
    for (const [path, found] of this.#entries) {
      const entry = found.type === 'hardlink' ? this.#linked(path, found) : found
      const isOpaque = entry.type === 'directory' && (this.#opaque.has(path) || this.#removed.has(path))
      yield { path, change: isOpaque ? { type: 'set', entry, opaque: true } : { type: 'set', entry } }
    }
  }

  #forget(directory: Path): void {
    for (const path of this.#entries.keys()) if (isWithin(directory, path)) this.#entries.delete(path)
    for (const path of this.#directories) if (isWithin(directory, path)) this.#directories.delete(path)
  }

  /** A link with its target the file itself. A link to another kind of inode is made a second one of that kind; one to a lower layer stays. */
  #linked(path: Path, link: Extract<Located, { type: 'hardlink' }>): Located {
    const passed = new Set([path])
    for (let { target } = link; ; ) {
      if (passed.has(target)) throw new TreeError('LAYER_INVALID', `Layer links "${path}" to itself`, { path })
      passed.add(target)
      const found = this.#entries.get(target)
      if (found === undefined || found.type === 'file') return { ...link, target }
      if (found.type === 'directory') throw new TreeError('LAYER_INVALID', `Layer links "${path}" to the directory "${target}"`, { path })
      if (found.type !== 'hardlink') return found
      target = found.target
    }
  }
}
