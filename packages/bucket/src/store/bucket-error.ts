import { type ErrorDetails, TsbuildError } from '@tsbuild/errors'
import { drain, type HttpResponse, statusText } from '@tsbuild/registry'

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

/** Limit of the body of an error, in bytes. */
const maxBody = 64 * 1024

/** Error for an unexpected answer: `read a manifest: 403 Forbidden: AccessDenied`. */
export async function errorFrom(
  response: HttpResponse,
  operation: string,
  hints: Readonly<Record<string, string>> = {},
): Promise<BucketError> {
  const { status, headers } = response
  const body = Buffer.from(await drain(response, maxBody)).toString('utf8')
  const answer = headers.get('x-ms-error-code') ?? codeIn(body)
  const isCode = answer !== undefined && /^[A-Za-z][\w.-]{0,59}$/.test(answer)
  const message = [operation, await statusText(status), ...(isCode ? [answer] : [])].join(': ')
  const hint = isCode && Object.hasOwn(hints, answer) ? hints[answer] : undefined
  return new BucketError('BUCKET_FAILED', message, { status, hint, ...(isCode && { answer }) })
}

/** `<Code>` of XML (S3, Azure); `code`, `error` of JSON (Twirp, OAuth). */
function codeIn(body: string): string | undefined {
  return (/<Code>([^<]{1,60})<\/Code>/.exec(body) ?? /"(?:code|error)"\s*:\s*"([^"]{1,60})"/.exec(body))?.[1]
}
