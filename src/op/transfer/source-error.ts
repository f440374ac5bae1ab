import { TsbuildError } from '@tsbuild/errors'

/**
 * `SOURCE_STATUS`: the server has no file at this address. `SOURCE_REFUSED`: it fails, or wants
 * other credentials. `GIT_FAILED`: the repository is missing or not usable. `GIT_UNREACHABLE`: its
 * server or the way to it is at fault.
 */
export type SourceErrorCode =
  | 'SOURCE_STATUS'
  | 'SOURCE_REFUSED'
  | 'SOURCE_UNREACHABLE'
  | 'SOURCE_TOO_LARGE'
  | 'SOURCE_DIGEST_MISMATCH'
  | 'GIT_FAILED'
  | 'GIT_UNREACHABLE'
  | 'GIT_REF_NOT_FOUND'
  | 'GIT_MISSING'
  | 'SSH_AGENT_MISSING'

/** A remote source of ADD or of a context cannot be fetched, or is not as expected. */
export class SourceError extends TsbuildError<SourceErrorCode> {
  override readonly name = 'SourceError'
}
