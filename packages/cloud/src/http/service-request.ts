import { type HttpRequest, type HttpResponse, readBody } from '@tsbuild/registry'

/** One request to a service; a body is in memory, so that it can be sent again. */
export interface ServiceRequest {
  readonly method: HttpRequest['method']
  readonly url: URL
  /** Names are lower case. */
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: Uint8Array
  readonly signal?: AbortSignal | undefined
}

/** Converts a request for the HTTP client. */
export function toHttp({ method, url, headers, body, signal }: ServiceRequest): HttpRequest {
  const length = method === 'PUT' || method === 'POST' ? { 'content-length': String(body?.length ?? 0) } : {}
  return {
    method,
    url,
    headers: { ...headers, ...length },
    ...(body && body.length > 0 && { body: () => chunked(body) }),
    ...(signal && { signal }),
  }
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
