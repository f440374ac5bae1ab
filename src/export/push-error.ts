import { CopyError } from '@tsbuild/content'

/** An image could not be pushed. `code` and `hint` are those of the cause. */
export class PushError extends Error {
  override readonly name = 'PushError'
  readonly code: string
  readonly hint: string | undefined

  constructor(image: string, cause: unknown) {
    // Which blob it was is in the registry's own message.
    const inner = cause instanceof CopyError ? cause.cause : cause
    super(`failed to push ${image}: ${inner instanceof Error ? inner.message : String(inner)}`, { cause })
    this.code = textOf(cause, 'code') ?? 'PUSH_FAILED'
    this.hint = textOf(cause, 'hint')
  }
}

function textOf(error: unknown, key: 'code' | 'hint'): string | undefined {
  const value: unknown = error instanceof Error ? Reflect.get(error, key) : undefined
  return typeof value === 'string' ? value : undefined
}
