import { TsbuildError } from '@tsbuild/errors'

/** Kinds of failures with content, for callers that decide on them. */
export type ContentErrorCode =
  /** No content, or no name, like this. */
  | 'NOT_FOUND'
  | 'DIGEST_MISMATCH'
  | 'SIZE_MISMATCH'
  /** More than the caller was ready to hold in memory. */
  | 'TOO_LARGE'
  /**
   * Compressed data that is damaged, cut off or followed by other bytes, or a graph with a cycle or
   * too many levels.
   */
  | 'CONTENT_CORRUPT'
  | 'NO_SPACE'
  /** The path of a lock holds a file that is not a lock. */
  | 'LOCK_INVALID'
  /** The directory is no OCI image layout. */
  | 'LAYOUT_INVALID'

/** Content could not be read, stored or believed. */
export class ContentError extends TsbuildError<ContentErrorCode> {
  override readonly name = 'ContentError'
}

/**
 * Converts the error of a full disk or quota to `NO_SPACE` with the path. Returns other errors
 * unchanged.
 */
export function explainWriteFailure(error: unknown, path: string): unknown {
  if (!hasErrno(error, 'ENOSPC', 'EDQUOT')) return error
  return new ContentError('NO_SPACE', `cannot write "${path}": no space left`, { cause: error })
}

/** Tells whether a system call failed with one of these codes. */
export function hasErrno(error: unknown, ...codes: readonly string[]): boolean {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' && codes.includes(error.code)
}
