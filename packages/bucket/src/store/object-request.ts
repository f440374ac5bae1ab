import { type Fetch, type HttpRequest, type HttpResponse, readBody } from '@tsbuild/registry'

/** One request to an object store; a body is in memory, so that it can be sent again. */
export interface ObjectRequest {
  readonly method: HttpRequest['method']
  readonly url: URL
  /** Names are lower case. */
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: Uint8Array
  readonly signal?: AbortSignal | undefined
}

/** Sends a request with the authorization of a store. */
export type Send = (request: ObjectRequest) => Promise<HttpResponse>

/** Converts a request for the HTTP client. */
export function toHttp({ method, url, headers, body, signal }: ObjectRequest): HttpRequest {
  const length = method === 'PUT' || method === 'POST' ? { 'content-length': String(body?.length ?? 0) } : {}
  return {
    method,
    url,
    headers: { ...headers, ...length },
    ...(body && body.length > 0 && { body: () => chunked(body) }),
    ...(signal && { signal }),
  }
}

/** Sends requests without authorization; `signal` ends all of them. */
export function plainSend({ fetch, signal }: { readonly fetch: Fetch; readonly signal: AbortSignal }): Send {
  return (request) => fetch(toHttp({ ...request, signal: withSignal(signal, request.signal) }))
}

/** A signal that is aborted with either. */
export function withSignal(signal: AbortSignal, other: AbortSignal | undefined): AbortSignal {
  return other === undefined || other === signal ? signal : AbortSignal.any([signal, other])
}

/** Limit of answers that are no content, in bytes. */
const maxAnswer = 1024 * 1024

/** Text of an answer; rejects beyond 1 MiB. */
export async function readText(response: HttpResponse): Promise<string> {
  return (await readBody(response, maxAnswer)).toString('utf8')
}

const chunkSize = 256 * 1024

/** Small chunks: a slow upload shows its pace. */
async function* chunked(bytes: Uint8Array): AsyncGenerator<Uint8Array, void, undefined> {
  for (let at = 0; at < bytes.length; at += chunkSize) yield bytes.subarray(at, at + chunkSize)
}
