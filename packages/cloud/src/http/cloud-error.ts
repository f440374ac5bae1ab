import { type ErrorDetails, TsbuildError } from '@tsbuild/errors'
import type { HttpResponse } from '@tsbuild/registry'
import { readRefusal } from './refusal.ts'

/** Reasons why a machine has no identity at a cloud, besides the network. */
export type CloudErrorCode =
  /** No usable credentials. */
  | 'CLOUD_CREDENTIALS'
  /** A service for identities refused a request, or answered with nonsense. */
  | 'CLOUD_FAILED'

/**
 * An identity could not be used. The message has the code of the service and none of its other
 * words, which may repeat a token.
 */
export class CloudError extends TsbuildError<CloudErrorCode> {
  override readonly name = 'CloudError'

  constructor(code: CloudErrorCode, message: string, options: ErrorDetails = {}) {
    super(code, message, options)
  }
}

/** Error for an unexpected answer: `take the AWS role: 403 Forbidden: AccessDenied`. */
export async function errorFrom(response: HttpResponse, operation: string): Promise<CloudError> {
  return new CloudError('CLOUD_FAILED', `${operation}: ${(await readRefusal(response)).reason}`)
}
