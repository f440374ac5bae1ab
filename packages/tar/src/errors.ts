import { type ErrorDetails, TsbuildError } from '@tsbuild/errors'

/** Reasons why an archive cannot be read or an entry cannot be written. */
export type TarErrorCode = 'TAR_TRUNCATED' | 'TAR_CHECKSUM' | 'TAR_INVALID' | 'TAR_UNSUPPORTED' | 'TAR_TOO_LARGE'

/**
 * Bytes that claim to be a tar archive are not one this package reads, or an entry does not fit
 * into the format.
 */
export class TarError extends TsbuildError<TarErrorCode> {
  override readonly name = 'TarError'
  /** Byte of the archive the trouble is at; absent when writing. */
  readonly offset: number | undefined

  constructor(code: TarErrorCode, message: string, options: ErrorDetails & { readonly offset?: number } = {}) {
    super(code, options.offset === undefined ? message : `${message} (at byte ${options.offset})`, options)
    this.offset = options.offset
  }
}
