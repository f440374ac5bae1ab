import { TsbuildError } from '@tsbuild/errors'

export type StoreNameErrorCode = 'NOT_FOUND' | 'AMBIGUOUS' | 'ARCHIVE_INVALID'

/** A name means no image of the store, or several. */
export class StoreNameError extends TsbuildError<StoreNameErrorCode> {
  override readonly name = 'StoreNameError'
}
