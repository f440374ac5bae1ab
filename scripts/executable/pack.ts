/** The files inside of an executable: the asset `pack.json` of its single-application blob. */
export interface Pack {
  /** Hexadecimal SHA-256 of the rest: names the directory that the files are unpacked to. */
  readonly id: string
  readonly files: readonly PackedFile[]
  /** Paths of modules that may be started in place of the command line. */
  readonly started: readonly string[]
  /** A file that is executable wherever native code can be loaded. */
  readonly native: string
}

export interface PackedFile {
  /** Relative to the directory, with slashes; also the name of the asset with the bytes. */
  readonly path: string
  /** In bytes. */
  readonly size: number
  /** Hexadecimal SHA-256. */
  readonly sha256: string
}
