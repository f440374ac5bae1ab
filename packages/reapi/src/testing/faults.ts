import type { EventEmitter } from 'node:events'
import { Code, ConnectError, type Interceptor } from '@connectrpc/connect'
import { RetryInfoSchema } from '../generated/status_pb.ts'

/** Misbehaviour of one call. */
export type Fault =
  /** `retryAfter`: seconds that the server asks to wait for. */
  | { readonly kind: 'status'; readonly code: Code; readonly retryAfter?: number }
  | { readonly kind: 'hang' }
  /** Answers with other bytes. */
  | { readonly kind: 'corrupt' }
  /** Breaks a stream after so many bytes. */
  | { readonly kind: 'break'; readonly after: number }

/** Output so far, and the event of more. */
export interface LiveLog {
  bytes: Buffer
  isEnded: boolean
  readonly news: EventEmitter
}

/** State that the services of a server share. */
export interface ServerState {
  readonly blobs: Map<string, Uint8Array>
  readonly results: Map<string, Uint8Array>
  /** Output of actions that run, by the name of its stream. */
  readonly logs: Map<string, LiveLog>
  /** Numbers of calls by method. */
  readonly calls: Map<string, number>
  /** Decides about a call before it is served. Replaceable. */
  fault: (method: string, call: number) => Fault | undefined
  /** Remembers also actions that failed, as buildbox-casd does. */
  remembersFailures: boolean
  /** Streams the output of actions while they run, as buildbox-casd does not. */
  streamsLogs: boolean
  /** Headers of the last call. */
  headers: Headers
}

/** Counts calls, and makes those fail that `fault` names; the services do the rest themselves. */
export function faulty(state: ServerState): Interceptor {
  return (next) => async (request) => {
    const { name } = request.method
    const call = (state.calls.get(name) ?? 0) + 1
    state.calls.set(name, call)
    state.headers = request.header
    const fault = state.fault(name, call)
    if (fault?.kind === 'status') throw statusError(fault)
    if (fault?.kind === 'hang') {
      await new Promise((resolve) => request.signal.addEventListener('abort', resolve))
      throw new ConnectError('hung', Code.Canceled)
    }
    if (fault !== undefined) request.header.set('x-fault', JSON.stringify(fault))
    return next(request)
  }
}

function statusError({ code, retryAfter }: Extract<Fault, { kind: 'status' }>): ConnectError {
  const retryDelay = { seconds: BigInt(retryAfter ?? 0) }
  const details = retryAfter === undefined ? [] : [{ desc: RetryInfoSchema, value: { retryDelay } }]
  return new ConnectError('a fault of the test', code, undefined, details)
}

/** The fault of a call that its service has to commit. */
export function faultOf(headers: Headers): Extract<Fault, { kind: 'corrupt' | 'break' }> | undefined {
  const text = headers.get('x-fault')
  return text === null ? undefined : JSON.parse(text)
}
