import { CopyError } from '@tsbuild/content'
import { codeOf, TsbuildError } from '@tsbuild/errors'

/** The registry refused a referrer of the image that is pushed. */
export class ReferrerError extends TsbuildError {
  override readonly name = 'ReferrerError'

  constructor(cause: unknown) {
    const code = codeOf(cause, 'PUSH_FAILED')
    const isRefused = code === 'REGISTRY_MANIFEST_INVALID' || code === 'REGISTRY_PROTOCOL'
    const hint = 'if the registry refuses artifacts, oci-artifact=false stores attestations as images'
    super(code, readMessage(cause), { cause: findReason(cause), hint: isRefused ? hint : undefined })
  }
}

/** Digest of the blob, from the registry's own message. */
function findReason(cause: unknown): unknown {
  return cause instanceof CopyError ? cause.cause : cause
}

function readMessage(cause: unknown): string {
  const reason = findReason(cause)
  return reason instanceof Error ? reason.message : String(reason)
}
