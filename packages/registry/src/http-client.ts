import { compose, type Fetch, type Middleware } from './http.ts'
import type { Environment } from './keychain/docker-config.ts'
import { breaker } from './middleware/breaker.ts'
import { defaultRetryPolicy, retry, type RetryEvent, type RetryPolicy } from './middleware/retry.ts'
import { throttle } from './middleware/throttle.ts'
import { defaultTimeouts, timeouts, type Timeouts } from './middleware/timeouts.ts'
import { proxySettings } from './proxy-settings.ts'
import { createTransport } from './transport.ts'
import { findCertificates } from './where/host-certificates.ts'

/** Way to HTTP servers, and how much patience they get. */
export interface HttpClientOptions {
  /**
   * Variables with proxies (`HTTP_PROXY`, `HTTPS_PROXY`, `NO_PROXY`), `SSL_CERT_FILE`, and the home
   * directory whose `certs.d` counts; default: those of the process.
   */
  readonly env?: Environment
  /** Ends everything the client does. */
  readonly signal?: AbortSignal
  /**
   * Requests per host that wait for an answer at once; of those with HEAD twice as many. Default 8.
   */
  readonly concurrency?: number
  readonly userAgent?: string
  readonly retry?: Partial<RetryPolicy>
  readonly timeouts?: Partial<Timeouts>
  readonly onRetry?: (event: RetryEvent) => void
  /** Replaces undici as what sends requests; everything else stays in place. */
  readonly fetch?: Fetch
}

/** Concerns of one kind of server. */
export interface HttpClientParts {
  /** Below the retries, above the throttle: repeated with each attempt. */
  readonly each?: readonly Middleware[]
  /** Below the throttle. */
  readonly inner?: readonly Middleware[]
  /** Hosts whose certificate is not checked. Default: none. */
  readonly trusts?: (host: string) => Promise<boolean>
}

/** Connections to HTTP servers. An idle client does not keep the process alive. */
export interface HttpClient extends AsyncDisposable {
  readonly fetch: Fetch
  /** Aborted by the signal of the options and by `close`. */
  readonly signal: AbortSignal
  readonly policy: RetryPolicy
  /** Aborts what is under way and closes all connections. */
  close(): Promise<void>
}

const defaultConcurrency = 8

/** Makes a client with retries, a throttle for each host, and time limits; requests nothing yet. */
export function createHttpClient(options: HttpClientOptions = {}, parts: HttpClientParts = {}): HttpClient {
  const env = options.env ?? process.env
  const policy = { ...defaultRetryPolicy, ...options.retry }
  const limits = { ...defaultTimeouts, ...options.timeouts }
  const transport = createTransport({
    proxies: proxySettings(env),
    connectTimeout: limits.connect,
    trusts: parts.trusts ?? (async () => false),
    certificates: (host) => findCertificates(host, env),
  })
  const closing = new AbortController()
  const signal = options.signal === undefined ? closing.signal : AbortSignal.any([options.signal, closing.signal])
  // From the outside in. Waiting for a retry holds no slot.
  const fetch = compose(options.fetch ?? transport.fetch, [
    breaker(),
    retry(policy, options.onRetry),
    ...(parts.each ?? []),
    throttle(options.concurrency ?? defaultConcurrency),
    ...(parts.inner ?? []),
    timeouts(limits),
    userAgent(options.userAgent ?? 'tsbuild'),
  ])
  const close = async (): Promise<void> => {
    closing.abort()
    await transport.close()
  }
  return { fetch, signal, policy, close, [Symbol.asyncDispose]: close }
}

function userAgent(name: string): Middleware {
  return (next) => (request) => next({ ...request, headers: { ...request.headers, 'user-agent': name } })
}
