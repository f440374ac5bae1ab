import { TsbuildError } from '@tsbuild/errors'

/** A rootfs could not be made, or nothing here can make one. */
export class RootfsError extends TsbuildError {
  override readonly name = 'RootfsError'
}
