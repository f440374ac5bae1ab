import type { Entry, EntryOf, LocatedContent, Path } from './entry.ts'

/**
 * Change of one path by one layer: an entry (an `opaque` directory hides its contents in lower
 * layers), or a removal.
 */
export type ChangeOf<E> =
  | { readonly type: 'set'; readonly entry: E; readonly opaque?: boolean }
  | { readonly type: 'remove' }

export type Change = ChangeOf<Entry>

/**
 * Changes of one layer to the tree below it. Their order has no meaning; tars are written in path
 * order.
 */
export type Diff = ReadonlyMap<Path, Change>

/**
 * A change as it lies in a tar: a record of it can be stored, and becomes a `Change` again with an
 * opener for the tar.
 */
export interface LocatedChange {
  readonly path: Path
  readonly change: ChangeOf<EntryOf<LocatedContent>>
}
