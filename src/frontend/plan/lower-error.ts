import type { Range } from '@tsbuild/dockerfile'

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
  | 'UNSUPPORTED'
  | 'VOLUME_EMPTY'

interface LowerErrorDetails {
  readonly range?: Range
  readonly word?: string | undefined
  readonly hint?: string | undefined
  readonly suggestion?: string | undefined
}

/**
 * A Dockerfile that asks for something that cannot be; `message` has BuildKit's words, `range` is
 * the instruction to blame.
 */
export class LowerError extends Error {
  override readonly name = 'LowerError'
  readonly code: LowerErrorCode
  readonly range: Range | undefined
  /** Part of the range at fault, as written there. */
  readonly word: string | undefined
  readonly hint: string | undefined
  readonly suggestion: string | undefined

  constructor(code: LowerErrorCode, message: string, details: ErrorOptions & LowerErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause })
    this.code = code
    this.range = details.range
    this.word = details.word
    this.hint = details.hint
    this.suggestion = details.suggestion
  }
}
