import { readRefusal } from '@tsbuild/cloud'
import { type ErrorDetails, TsbuildError } from '@tsbuild/errors'
import type { HttpResponse } from '@tsbuild/registry'

/** Reasons why an object store cannot be used, besides the network. */
export type BucketErrorCode =
  /** It answered with an error, or with nonsense. */
  | 'BUCKET_FAILED'
  /** No usable credentials. */
  | 'BUCKET_CREDENTIALS'

export interface BucketErrorOptions extends ErrorDetails {
  /** HTTP status, when there was an answer. */
  readonly status?: number
  /** Code of the server, such as `NoSuchBucket`. */
  readonly answer?: string
}

/**
 * An object store refused a request. The message has the code of the server and none of its other
 * words, which may repeat a token.
 */
export class BucketError extends TsbuildError<BucketErrorCode> {
  override readonly name = 'BucketError'
  readonly status: number | undefined
  readonly answer: string | undefined

  constructor(code: BucketErrorCode, message: string, options: BucketErrorOptions = {}) {
    super(code, message, options)
    this.status = options.status
    this.answer = options.answer
  }
}

/** Error for an unexpected answer: `read a manifest: 403 Forbidden: AccessDenied`. */
export async function errorFrom(
  response: HttpResponse,
  operation: string,
  hints: Readonly<Record<string, string>> = {},
): Promise<BucketError> {
  const { reason, answer } = await readRefusal(response)
  const hint = answer !== undefined && Object.hasOwn(hints, answer) ? hints[answer] : undefined
  const { status } = response
  return new BucketError('BUCKET_FAILED', `${operation}: ${reason}`, { status, hint, ...(answer && { answer }) })
}
