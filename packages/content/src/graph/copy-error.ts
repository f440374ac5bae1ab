import type { Descriptor } from '@tsbuild/oci'

/** A copy failed at one of its ends. `code` and `hint` are those of the cause. */
export class CopyError extends Error {
  override readonly name = 'CopyError'
  readonly code: string
  readonly hint: string | undefined
  /** The end that failed: reading from the source, or writing to the target. */
  readonly side: 'source' | 'target'

  constructor(side: 'source' | 'target', descriptor: Descriptor, cause: unknown) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    super(`cannot ${side === 'source' ? 'read' : 'write'} ${descriptor.digest} (${descriptor.mediaType}): ${reason}`, {
      cause,
    })
    this.side = side
    this.code = textOf(cause, 'code') ?? 'COPY_FAILED'
    this.hint = textOf(cause, 'hint')
  }
}

function textOf(error: unknown, key: 'code' | 'hint'): string | undefined {
  if (!(error instanceof Error)) return undefined
  const value: unknown = Object.entries(error).find(([name]) => name === key)?.[1]
  return typeof value === 'string' ? value : undefined
}
