import type { Path } from '@tsbuild/tree'
import type { FileReader, ScannedFile } from './file-reader.ts'
import type { FoundPackage } from './found-package.ts'
import type { OsRelease } from './os-release.ts'

/** Tools of a catalogue. */
export interface ScanContext {
  readonly files: FileReader
  /** The distribution, as far as the tree says. */
  readonly release: OsRelease
  /** Reports something that was found and not read. */
  note(path: Path, message: string): void
}

/** Knows one kind of record of what is installed. */
export interface Catalogue {
  /** True for a record of this catalogue. Called for every file, so it has to be quick. */
  claims(file: ScannedFile): boolean
  /**
   * Packages of a record, one by one; the caller may stop. Errors of its own become notes, since
   * the file is not what it claims to be. Errors of `context.files` end the scan.
   */
  read(file: ScannedFile, context: ScanContext): AsyncIterable<FoundPackage>
}
