import type { Entry, Path } from './entry.ts'

/** A complete file system, the root `''` included. Order has no meaning. */
export type Tree = ReadonlyMap<Path, Entry>
