import { TsbuildError } from '@tsbuild/errors'

/** Reasons why a well-formed Dockerfile cannot be lowered. */
export type LowerErrorCode =
  | 'BASE_NAME_BLANK'
  | 'CHECKSUM_INVALID'
  | 'CHMOD_INVALID'
  | 'COMMAND_EMPTY'
  | 'CONFIG_INVALID'
  | 'CONFIG_TOO_LARGE'
  | 'EPOCH_INVALID'
  | 'GIT_ADDRESS_INVALID'
  | 'HEREDOC_NAME_INVALID'
  | 'HISTORY_TOO_LONG'
  | 'IMAGE_UNRESOLVED'
  | 'LAYERS_TOO_MANY'
  | 'LINT_VIOLATION'
  | 'MOUNT_INVALID'
  | 'NOT_ALLOWED'
  | 'ONBUILD_INVALID'
  | 'OWNER_INVALID'
  | 'PLATFORM_INVALID'
  | 'REFERENCE_INVALID'
  | 'SOURCE_INVALID'
  | 'STAGE_CYCLE'
  | 'STAGE_INDEX_INVALID'
  | 'STAGE_NOT_FOUND'
  | 'STAGE_ORDER'
  | 'VOLUME_EMPTY'

/**
 * A Dockerfile that asks for something that cannot be; `message` has BuildKit's words, `range` is
 * the instruction to blame.
 */
export class LowerError extends TsbuildError<LowerErrorCode> {
  override readonly name = 'LowerError'
}
