import { ContentError, CopyError } from '@tsbuild/content'
import { codeOf, TsbuildError } from '@tsbuild/errors'
import { findRegistryError, RegistryError, summarize } from '@tsbuild/registry'

/**
 * An image could not be moved: `cannot push app:1.0: registry.example did not answer`. The code is
 * that of the cause, whose message has the request and the words of the registry.
 */
export class TransferError extends TsbuildError {
  override readonly name = 'TransferError'

  /** `operation` names the image as its user does: `push app:1.0`. */
  constructor(operation: string, error: unknown) {
    // The registry's own message has the digest.
    const cause = error instanceof CopyError ? error.cause : error
    super(codeOf(cause, 'PUSH_FAILED'), `cannot ${operation}: ${readReason(cause)}`, { cause })
  }
}

/** The same error; for one of a registry or of content, one that names the operation. */
export function asTransferError(operation: string, error: unknown): unknown {
  const isOfTransfer = [RegistryError, ContentError, CopyError].some((kind) => error instanceof kind)
  return isOfTransfer ? new TransferError(operation, error) : error
}

function readReason(cause: unknown): string {
  const refusal = findRegistryError(cause)
  if (refusal !== undefined) return summarize(refusal)
  if (!(cause instanceof Error)) return String(cause)
  // The name comes with the operation.
  return cause.message.replace(/^\S+: (?=not found in )/, '')
}
