import type { Bytes } from '@tsbuild/content'
import type { ResponseHeaders } from './response-headers.ts'
import { RegistryError } from './errors.ts'
import type { HostCertificates } from './where/host-certificates.ts'

/** Purpose of a request; the auth middleware turns it into an Authorization header. */
export interface Access {
  /** As in a reference: `docker.io`, `localhost:5000`. */
  readonly registry: string
  readonly repository: string
  /** Token scopes, `repository:library/alpine:pull`. */
  readonly scopes: readonly string[]
}

/** Settings for the connections to one host. */
export interface HostSettings {
  /** Host and port; requests to others, such as redirected ones, are not affected. */
  readonly host: string
  /** Equal names share connections. */
  readonly name: string
  /** Any certificate is accepted. */
  readonly unverified: boolean
  /** Replaces the certificates that `certs.d` has for the host. */
  readonly certificates?: () => Promise<HostCertificates>
  /** Sent to this host alone. */
  readonly headers?: Readonly<Record<string, string>>
}

/** One HTTP request as a value. Header names are lower case. */
export interface HttpRequest {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  readonly url: URL
  readonly headers: Readonly<Record<string, string>>
  /**
   * Opens the body from its start; called once per attempt. The caller that sets it also sets
   * `content-length`.
   */
  readonly body?: () => Bytes
  /** The body must not be sent a second time by a middleware. */
  readonly once?: boolean
  /** Attempts at most, where the policy of the client allows more. */
  readonly attempts?: number
  /** A mirror of the registry may answer. */
  readonly mirrored?: boolean
  /** The answer is worth a connection of its own. For GET. */
  readonly isLarge?: boolean
  /** Absent: the request goes out without credentials. */
  readonly access?: Access
  readonly host?: HostSettings
  readonly signal?: AbortSignal
}

/**
 * Answer, as soon as its headers have arrived. The body must be read or drained: it holds a
 * connection.
 */
export interface HttpResponse {
  readonly status: number
  /** URL of the answer, after redirects. */
  readonly url: URL
  readonly headers: ResponseHeaders
  readonly body: Bytes
  /** Times that the request was sent. Default: 1. */
  readonly attempts?: number
}

/**
 * Sends a request. Rejects with a `RegistryError` when there is no answer, with the signal's reason
 * when aborted.
 */
export type Fetch = (request: HttpRequest) => Promise<HttpResponse>

/** One concern of HTTP, wrapped around the rest of them. */
export type Middleware = (next: Fetch) => Fetch

/** Wraps `transport` so that the first middleware sees a request first. */
export function compose(transport: Fetch, middleware: readonly Middleware[]): Fetch {
  return middleware.reduceRight((next, wrap) => wrap(next), transport)
}

/** `404 Not Found`; the number alone for a code that HTTP does not know. */
export async function statusText(status: number): Promise<string> {
  // Not imported: that would load HTTP into builds that need no registry.
  const { STATUS_CODES } = await import('node:http')
  return `${status} ${STATUS_CODES[status] ?? ''}`.trim()
}

/** Limit of an unwanted body that is still read to keep the connection usable, in bytes. */
const drainLimit = 64 * 1024

/** Reads at most `limit` bytes of an optional body; a longer or broken one ends early. */
export async function drain(response: HttpResponse, limit: number = drainLimit): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  let size = 0
  try {
    for await (const chunk of response.body) {
      const part = chunk.subarray(0, limit - size)
      chunks.push(part)
      size += part.length
      if (size >= limit) break
    }
  } catch {
    // The received part is enough for an answer that is not needed.
  }
  return Buffer.concat(chunks)
}

/**
 * Reads a whole small body; rejects with `REGISTRY_TOO_LARGE` beyond `limit` bytes and when the
 * body breaks.
 */
export async function readBody(response: HttpResponse, limit: number): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of response.body) {
    size += chunk.length
    if (size > limit)
      throw new RegistryError('REGISTRY_TOO_LARGE', `the answer is larger than ${limit} bytes`, {
        status: response.status,
      })
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}
