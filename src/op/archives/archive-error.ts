import type { CopyOp } from '../../graph/op.ts'

/** An archive cannot be unpacked: it is broken, or has what may not be. */
export class ArchiveError extends Error {
  override readonly name = 'ArchiveError'
  /** That of the cause; `ARCHIVE_INVALID` where it has none. */
  readonly code: string
  /** The source of ADD that it is one of. */
  readonly of: CopyOp['sources'][number]

  /** `path` is that of the archive. */
  constructor(path: string, of: ArchiveError['of'], cause: unknown) {
    super(`cannot unpack "${path}": ${cause instanceof Error ? cause.message : String(cause)}`, { cause })
    this.code =
      cause instanceof Error && 'code' in cause && typeof cause.code === 'string' ? cause.code : 'ARCHIVE_INVALID'
    this.of = of
  }
}
