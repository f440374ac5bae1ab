import type { Entry, Path } from './entry.ts'

/** What one layer does to one path: put something there (an `opaque` directory hides what lower layers have in it), or remove it. */
export type Change = { readonly type: 'set'; readonly entry: Entry; readonly opaque?: boolean } | { readonly type: 'remove' }

/** What one layer does to the tree below it. Order has no meaning; tars are written in path order. */
export type Diff = ReadonlyMap<Path, Change>
