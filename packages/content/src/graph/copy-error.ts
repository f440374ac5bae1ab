import { codeOf, TsbuildError } from '@tsbuild/errors'
import type { Descriptor } from '@tsbuild/oci'

/** A copy failed at one of its ends. The code is that of the cause. */
export class CopyError extends TsbuildError {
  override readonly name = 'CopyError'
  /** The end that failed: reading from the source, or writing to the target. */
  readonly side: 'source' | 'target'

  constructor(side: 'source' | 'target', descriptor: Descriptor, cause: unknown) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    const verb = side === 'source' ? 'read' : 'write'
    const message = `cannot ${verb} ${descriptor.digest} (${descriptor.mediaType}): ${reason}`
    super(codeOf(cause, 'COPY_FAILED'), message, { cause })
    this.side = side
  }
}
