import { Code, ConnectError } from '@connectrpc/connect'
import { type ErrorDetails, TsbuildError } from '@tsbuild/errors'
import { RetryInfoSchema } from './generated/status_pb.ts'

/** Reasons why a call to a server of the Remote Execution API failed. */
export type ReapiErrorCode =
  /** No connection, no answer in time, or no capacity. */
  | 'REMOTE_UNAVAILABLE'
  /** The server does not allow, know or understand the call. */
  | 'REMOTE_REFUSED'
  /** The answer contradicts the protocol or the request. */
  | 'REMOTE_INVALID'

/** A server of the Remote Execution API, or the way to it, failed. */
export class ReapiError extends TsbuildError<ReapiErrorCode> {
  override readonly name = 'ReapiError'
  /** Code of gRPC; undefined where the answer itself is wrong. */
  readonly status: Code | undefined

  constructor(code: ReapiErrorCode, message: string, details: ErrorDetails & { readonly status?: Code } = {}) {
    super(code, message, details)
    this.status = details.status
  }
}

/** Failures after which the same call may succeed (grpc.io, Status codes). */
const temporary: readonly Code[] = [
  Code.Unavailable,
  Code.Aborted,
  Code.ResourceExhausted,
  Code.Internal,
  Code.Unknown,
  Code.DeadlineExceeded,
  // A connection that broke; a call that this side cancels never comes so far.
  Code.Canceled,
]

/** True for a status after which the same call may succeed. */
export function isTemporary(status: Code | undefined): boolean {
  return status !== undefined && temporary.includes(status)
}

/** True for a connection or call that failed in a way that may pass. */
export function mayRetry(error: unknown): boolean {
  return error instanceof ConnectError && isTemporary(error.code)
}

/** Milliseconds that the server asks to wait before the next attempt (google.rpc.RetryInfo). */
export function requestedDelay(error: unknown): number | undefined {
  const [info] = error instanceof ConnectError ? error.findDetails(RetryInfoSchema) : []
  const { seconds, nanos } = info?.retryDelay ?? {}
  return seconds === undefined ? undefined : Number(seconds) * 1000 + (nanos ?? 0) / 1e6
}

/** The failure of a call as `ReapiError`, with its purpose; other errors stay as they are. */
export function explain(error: unknown, purpose: string): unknown {
  if (!(error instanceof ConnectError)) return error
  const { code, rawMessage } = error
  const message = `${purpose}: ${statusName(code)}${rawMessage && `: ${rawMessage.slice(0, 300)}`}`
  return new ReapiError(isTemporary(code) ? 'REMOTE_UNAVAILABLE' : 'REMOTE_REFUSED', message, {
    status: code,
    hint: hints[code],
  })
}

const hints: Partial<Record<Code, string>> = {
  [Code.Unauthenticated]: 'pass a token or a header that the server accepts',
  [Code.PermissionDenied]: 'check the token, and the rights that it has on this instance',
  [Code.Unimplemented]: 'check the address: the server does not offer this part of the Remote Execution API',
}

/** Name of a status as gRPC writes it: `DEADLINE_EXCEEDED`. */
export function statusName(code: Code): string {
  return (Code[code] ?? `code ${code}`).replaceAll(/(?<=[a-z])(?=[A-Z])/g, '_').toUpperCase()
}
