import { TsbuildError } from '@tsbuild/errors'

export type StoreErrorCode = 'STORE_TOO_NEW' | 'STORE_UNUSABLE' | 'STORE_BUSY' | 'LAYER_CORRUPT' | 'LAYER_GONE'

/** The store cannot be used, or an object in it is damaged or missing. */
export class StoreError extends TsbuildError<StoreErrorCode> {
  override readonly name = 'StoreError'
}
