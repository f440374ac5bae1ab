import type { Entry, Path } from './entry.ts'

/** Read access to a file system that need not exist as one map: look-ups go through the layers. Nothing here follows symlinks; `resolvePath` does. */
export interface TreeView {
  /** The entry at `path`; the root always exists. */
  get(path: Path): Entry | undefined
  /** Names in a directory, in byte order; empty when `path` is none. */
  children(path: Path): readonly string[]
}
