import { CopyError } from '@tsbuild/content'
import { codeOf, TsbuildError } from '@tsbuild/errors'

/** An image could not be pushed. The code is that of the cause. */
export class PushError extends TsbuildError {
  override readonly name = 'PushError'

  constructor(image: string, cause: unknown) {
    super(codeOf(cause, 'PUSH_FAILED'), `failed to push ${image}: ${readMessage(cause)}`, { cause: findReason(cause) })
  }
}

/** The image was pushed, but the registry refused a referrer. */
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
