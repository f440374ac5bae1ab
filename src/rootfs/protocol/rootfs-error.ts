import { TsbuildError } from '@tsbuild/errors'

/** A rootfs could not be made, or this machine has no way to make one. */
export class RootfsError extends TsbuildError {
  override readonly name = 'RootfsError'
}
