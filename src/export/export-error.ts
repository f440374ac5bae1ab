import { TsbuildError } from '@tsbuild/errors'

export type ExportErrorCode = 'OUTPUT_CONFLICT' | 'OUTPUT_FAILED' | 'OUTPUT_TERMINAL'

/** An output cannot be written. */
export class ExportError extends TsbuildError<ExportErrorCode> {
  override readonly name = 'ExportError'
}
