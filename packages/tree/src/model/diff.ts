import type { Entry, EntryOf, LocatedContent, Path } from './entry.ts'

/** What one layer does to one path: put something there (an `opaque` directory hides what lower layers have in it), or remove it. */
export type ChangeOf<E> = { readonly type: 'set'; readonly entry: E; readonly opaque?: boolean } | { readonly type: 'remove' }

export type Change = ChangeOf<Entry>

/** What one layer does to the tree below it. Order has no meaning; tars are written in path order. */
export type Diff = ReadonlyMap<Path, Change>

/** A change as it lies in a tar: a record of it can be stored, and becomes a `Change` again with an opener for the tar. */
export interface LocatedChange {
  readonly path: Path
  readonly change: ChangeOf<EntryOf<LocatedContent>>
}
