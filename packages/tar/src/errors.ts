/** Reasons why an archive cannot be read or an entry cannot be written. */
export type TarErrorCode = 'TAR_TRUNCATED' | 'TAR_CHECKSUM' | 'TAR_INVALID' | 'TAR_UNSUPPORTED' | 'TAR_TOO_LARGE'

/**
 * Bytes that claim to be a tar archive are not one this package reads, or an entry does not fit
 * into the format.
 */
export class TarError extends Error {
  override readonly name = 'TarError'
  readonly code: TarErrorCode
  /** Byte of the archive the trouble is at; absent when writing. */
  readonly offset: number | undefined

  constructor(code: TarErrorCode, message: string, options: ErrorOptions & { readonly offset?: number } = {}) {
    super(options.offset === undefined ? message : `${message} (at byte ${options.offset})`, options)
    this.code = code
    this.offset = options.offset
  }
}
