import type { Change, Diff } from './diff.ts'
import type { Path } from './entry.ts'
import { parentOf } from './path.ts'

/** True when a change leaves nothing of lower layers below its path. */
export function hidesBelow(change: Change | undefined): boolean {
  return (
    change !== undefined && (change.type === 'remove' || change.opaque === true || change.entry.type !== 'directory')
  )
}

/**
 * Answers whether a diff lets nothing of lower layers be seen at a path because of what it does to
 * a directory above. Remembers the answer of each directory, so that a path is not climbed again
 * for every look-up below it.
 */
export class HiddenPaths {
  readonly #diff: Diff
  /**
   * True for a directory in which lower layers are hidden. With one, those above it are known, or
   * one between hides.
   */
  readonly #known = new Map<Path, boolean>()

  constructor(diff: Diff) {
    this.#diff = diff
  }

  has(path: Path): boolean {
    if (path === '') return false
    const climbed: Path[] = []
    let isHidden: boolean | undefined
    for (let above = parentOf(path); isHidden === undefined; above = parentOf(above)) {
      isHidden = this.#known.get(above)
      if (isHidden !== undefined) break
      climbed.push(above)
      if (hidesBelow(this.#diff.get(above))) isHidden = true
      else if (above === '') isHidden = false
    }
    for (const above of climbed) this.#known.set(above, isHidden === true)
    return isHidden === true
  }

  /** To be called when the diff has another change at a path than before. */
  forget(path: Path): void {
    if (this.#known.has(path)) this.#known.clear()
  }
}

const remembered = new WeakMap<Diff, HiddenPaths>()

/** `HiddenPaths.has` for a diff that changes no more; the answers are remembered with it. */
export function isHiddenBy(diff: Diff, path: Path): boolean {
  const known = remembered.get(diff) ?? new HiddenPaths(diff)
  remembered.set(diff, known)
  return known.has(path)
}
