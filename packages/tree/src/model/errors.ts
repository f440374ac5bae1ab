import { type ErrorDetails, TsbuildError } from '@tsbuild/errors'

/** Reasons why a tree cannot be read, combined or written. */
export type TreeErrorCode =
  /** A path, or a link through which something is reached, has too many symlinks. */
  | 'TOO_MANY_LINKS'
  | 'LAYER_PATH_ESCAPE'
  | 'LAYER_INVALID'
  | 'INDEX_CORRUPT'
  | 'DIGEST_UNKNOWN'
  | 'FILE_CHANGED'
  | 'FILE_UNREADABLE'
  | 'NAME_NOT_UTF8'
  | 'NAME_RESERVED'
  | 'SOURCE_NOT_FOUND'
  | 'PATTERN_INVALID'
  | 'CHMOD_INVALID'
  | 'COPY_CONFLICT'
  | 'ARCHIVE_BREAKOUT'
  | 'LINK_TARGET_MISSING'
  | 'MATERIALIZE_FAILED'
  /** The user namespace of this process has no such owner. */
  | 'OWNER_UNMAPPED'
  | 'SYSTEM_CALL'

interface TreeErrorDetails extends ErrorDetails {
  readonly path?: string
  readonly beside?: readonly string[]
}

/** An operation on a tree failed; `path` is where. */
export class TreeError extends TsbuildError<TreeErrorCode> {
  override readonly name = 'TreeError'
  readonly path: string | undefined
  /** For a path that is not there: the names in the directory it would be in. */
  readonly beside: readonly string[]

  constructor(code: TreeErrorCode, message: string, options: TreeErrorDetails = {}) {
    super(code, message, options)
    this.path = options.path
    this.beside = options.beside ?? []
  }
}
