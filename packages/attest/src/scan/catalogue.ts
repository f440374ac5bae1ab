import type { Path } from '@tsbuild/tree'
import type { FileReader, ScannedFile } from './file-reader.ts'
import type { FoundPackage } from './found-package.ts'
import type { OsRelease } from './os-release.ts'

/** What a catalogue may use. */
export interface ScanContext {
  readonly files: FileReader
  /** The distribution, as far as the tree says. */
  readonly release: OsRelease
  /** Says that something is there and was not read. */
  note(path: Path, message: string): void
}

/** Knows one kind of record of what is installed. */
export interface Catalogue {
  /** Whether a file is such a record; asked for every file, so it has to be quick. */
  claims(file: ScannedFile): boolean
  /**
   * The packages a record names, one by one: whoever asks may stop. Whatever it throws of its own becomes a note, since the file is not
   * what it claims to be. Errors of `context.files` end the scan.
   */
  read(file: ScannedFile, context: ScanContext): AsyncIterable<FoundPackage>
}
