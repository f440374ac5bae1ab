import { CopyError } from '@tsbuild/content'

/** An image could not be pushed. `code` and `hint` are those of the cause. */
export class PushError extends Error {
  override readonly name = 'PushError'
  readonly code: string
  readonly hint: string | undefined

  constructor(image: string, cause: unknown) {
    super(`failed to push ${image}: ${messageOf(cause)}`, { cause: reasonOf(cause) })
    this.code = textOf(cause, 'code') ?? 'PUSH_FAILED'
    this.hint = textOf(cause, 'hint')
  }
}

/** The image was pushed, but the registry refused a referrer. */
export class ReferrerError extends Error {
  override readonly name = 'ReferrerError'
  readonly code: string
  readonly hint: string | undefined

  constructor(cause: unknown) {
    super(messageOf(cause), { cause: reasonOf(cause) })
    this.code = textOf(cause, 'code') ?? 'PUSH_FAILED'
    const refused = ['REGISTRY_MANIFEST_INVALID', 'REGISTRY_PROTOCOL'].includes(this.code)
    this.hint = refused
      ? 'if the registry refuses artifacts, oci-artifact=false stores attestations as images'
      : textOf(cause, 'hint')
  }
}

/** Digest of the blob, from the registry's own message. */
function reasonOf(cause: unknown): unknown {
  return cause instanceof CopyError ? cause.cause : cause
}

function messageOf(cause: unknown): string {
  const reason = reasonOf(cause)
  return reason instanceof Error ? reason.message : String(reason)
}

function textOf(error: unknown, key: 'code' | 'hint'): string | undefined {
  const value: unknown = error instanceof Error ? Reflect.get(error, key) : undefined
  return typeof value === 'string' ? value : undefined
}
