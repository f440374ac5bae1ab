import { codeOf, TsbuildError } from '@tsbuild/errors'
import type { CopyOp } from '../../graph/op.ts'

/**
 * An archive cannot be unpacked: it is broken, or has a forbidden entry. The code is that of the
 * cause, or `ARCHIVE_INVALID` if the cause has no code.
 */
export class ArchiveError extends TsbuildError {
  override readonly name = 'ArchiveError'
  /** The source of ADD that it is one of. */
  readonly of: CopyOp['sources'][number]

  /** `path` is that of the archive. */
  constructor(path: string, of: ArchiveError['of'], cause: unknown) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    super(codeOf(cause, 'ARCHIVE_INVALID'), `cannot unpack "${path}": ${reason}`, { cause })
    this.of = of
  }
}
