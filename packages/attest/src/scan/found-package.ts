import type { Path } from '@tsbuild/tree'
import type { Purl } from '../purl.ts'

/** Package named by a record in a file system. Texts are as found and not checked. */
export interface FoundPackage {
  readonly name: string
  readonly version?: string
  readonly purl: Purl
  /** The file that says so. */
  readonly source: Path
  /** A file that came with the package, where that is not `source`: its layer is the package's. */
  readonly evidence?: Path
  /** Names or expressions: all of them apply, or any may be chosen. */
  readonly licenses?: { readonly terms: readonly string[]; readonly joined: 'AND' | 'OR' }
  /** Supplier of this package: a name, perhaps with an address in angle brackets. */
  readonly supplier?: string
  /** Author, in the same form. */
  readonly originator?: string
  readonly homepage?: string
}

/** Record that could not be read, so that the list of packages is not complete. */
export interface ScanNote {
  readonly path: Path
  readonly message: string
}
