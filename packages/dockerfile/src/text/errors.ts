import { type Range, TsbuildError } from '@tsbuild/errors'

/** Kind of an error. Callers decide on codes, people read the message. */
export type DockerfileErrorCode =
  | 'ARGUMENTS_INVALID'
  | 'CHECK_OPTION_INVALID'
  | 'DEVICE_INVALID'
  | 'DIRECTIVE_DUPLICATE'
  | 'DIRECTIVE_INVALID'
  | 'DUPLICATE_FLAG'
  | 'DURATION_INVALID'
  | 'EMPTY_DOCKERFILE'
  | 'ENCODING_UNSUPPORTED'
  | 'EXPANSION_FAILED'
  | 'FLAG_VALUE_INVALID'
  | 'FLAG_VALUE_MISSING'
  | 'FROM_NOT_CONSTANT'
  | 'HEREDOC_MISPLACED'
  | 'HEREDOC_UNTERMINATED'
  | 'JSON_REQUIRED'
  | 'JSON_NOT_STRINGS'
  | 'LINE_TOO_LONG'
  | 'MOUNT_INVALID'
  | 'NO_INSTRUCTIONS'
  | 'NO_STAGE'
  | 'NUL_BYTE'
  | 'ONBUILD_INVALID'
  | 'PATTERN_INVALID'
  | 'PORT_INVALID'
  | 'SIGNAL_INVALID'
  | 'STAGE_NAME_INVALID'
  | 'TOO_LARGE'
  | 'TOO_MANY_INSTRUCTIONS'
  | 'UNKNOWN_FLAG'
  | 'UNKNOWN_INSTRUCTION'

/**
 * A Dockerfile (or a part of one) that cannot be accepted. `message` is BuildKit's text without
 * file name or line; `range` is set once the place is known.
 */
export class DockerfileError extends TsbuildError<DockerfileErrorCode> {
  override readonly name = 'DockerfileError'
}

/**
 * Runs `action`; a DockerfileError without a range leaves it with this one, and with `word` unless
 * it knows a better one.
 */
export function withRange<T>(range: Range, action: () => T, word?: string): T {
  try {
    return action()
  } catch (error) {
    if (error instanceof DockerfileError && error.range === undefined) error.add({ range, word })
    throw error
  }
}
