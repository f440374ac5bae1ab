import { hasErrno, inBatches, markFresh } from '@tsbuild/content'
import type { Readable } from 'node:stream'
import type { buildConnector, Dispatcher, request } from 'undici'
import { responseHeaders } from './response-headers.ts'
import { RegistryError } from './errors.ts'
import type { LargeConnection } from './large/request-large.ts'
import type { Fetch, HostSettings, HttpRequest, HttpResponse } from './http.ts'
import type { HostCertificates } from './where/host-certificates.ts'
import { chooseProxy, type ProxySettings } from './proxy-settings.ts'

export interface TransportOptions {
  /** Proxies for all hosts but loopback addresses. */
  readonly proxies: ProxySettings
  /** Time to connect, TLS included, in milliseconds. */
  readonly connectTimeout: number
  /** Tells for which hosts a certificate is not checked. */
  readonly trusts: (host: string) => Promise<boolean>
  /** Finds the certificates for a host; asked once for each. */
  readonly certificates: (host: string) => Promise<HostCertificates | undefined>
}

/** A connection pool; `close` ends every connection at once. */
export interface Transport {
  readonly fetch: Fetch
  close(): Promise<void>
}

/**
 * Sends requests with undici. Those without a body go over HTTP/2 where a host offers it (ALPN) and
 * no proxy is in between, all others over HTTP/1.1. Loopback addresses never go through a proxy.
 * Idle connections do not keep the process alive.
 */
export function createTransport(options: TransportOptions): Transport {
  // Loading undici takes 50 ms, and most builds find everything in their store.
  let pools: Promise<Pools> | undefined
  return {
    fetch: async (httpRequest) => send(httpRequest, await (pools ??= openPools(options))),
    close: async () => (await pools)?.close(),
  }
}

interface Pools {
  readonly request: typeof request
  /** The way to a host; rejects when its certificates cannot be used. */
  route(target: Target): Promise<Route>
  /** Names of the hosts, with ports, that have chosen HTTP/2. */
  readonly http2Hosts: ReadonlySet<string>
  close(): Promise<void>
}

interface Target {
  readonly url: URL
  readonly settings: HostSettings | undefined
  /** The request has a body. */
  readonly sends: boolean
}

interface Route {
  readonly dispatcher: Dispatcher
  /** Absent behind a proxy. */
  readonly direct?: LargeConnection
}

async function openPools({ proxies, connectTimeout, trusts, certificates }: TransportOptions): Promise<Pools> {
  const { Agent, buildConnector, EnvHttpProxyAgent, request } = await import('undici')
  // Deadlines are those of the timeouts middleware, which also knows who is late: the registry or
  // our own side.
  const settings = { headersTimeout: 0, bodyTimeout: 0 }
  const http2Hosts = new Set<string>()
  const pools = new Map<string, Dispatcher>()
  const found = new Map<string, Promise<HostCertificates | undefined>>()
  const open = ({ direct, allowH2, tls }: { direct: boolean; allowH2: boolean; tls: object }): Dispatcher => {
    const connect = { timeout: connectTimeout, ...tls }
    if (direct) {
      const connector = noteHttp2(buildConnector({ ...connect, allowH2 }), http2Hosts)
      return new Agent({ ...settings, allowH2, h2Options: windows, connect: connector })
    }
    // `requestTls` is for the registry.
    return new EnvHttpProxyAgent({
      ...settings,
      ...proxies,
      allowH2: false,
      noProxy: '',
      connect,
      requestTls: connect,
    })
  }
  return {
    request,
    http2Hosts,
    route: async ({ url, settings: own, sends }) => {
      const { host, protocol } = url
      const certified = own?.certificates ?? (() => getOrMake(found, host, certificates))
      const files = protocol === 'https:' ? await certified() : undefined
      const insecure = own?.unverified === true || (await trusts(host))
      const direct = insecure || chooseProxy(url, proxies).proxy === undefined
      const tls = {
        ...(files?.ca && { ca: files.ca }),
        ...files?.client,
        ...(insecure && { rejectUnauthorized: false }),
      }
      // Node's HTTP/2 takes memory without end where a server closes a connection during an upload.
      const allowH2 = protocol === 'https:' && !sends
      const key = JSON.stringify([direct, allowH2, insecure, files && host, own?.certificates && own.name])
      const dispatcher = getOrMake(pools, key, () => open({ direct, allowH2, tls }))
      return { dispatcher, ...(direct && { direct: { timeout: connectTimeout, tls } }) }
    },
    close: async () => {
      await Promise.all([...pools.values()].map((pool) => pool.destroy()))
    },
  }
}

/**
 * Bytes that a host may send before they are read (RFC 9113, section 5.2). The window of a stream
 * bounds what it receives in a round trip, and what waits for a slow reader.
 */
const windows = { settings: { initialWindowSize: 4 * 1024 * 1024 }, connectionWindowSize: 32 * 1024 * 1024 }

/** Adds a host to `hosts` before the first request on a connection over HTTP/2. */
function noteHttp2(connect: buildConnector.connector, hosts: Set<string>): buildConnector.connector {
  return (options, callback) =>
    connect(options, (...[error, socket]) => {
      if (error !== null) return callback(error, null)
      if ('alpnProtocol' in socket && socket.alpnProtocol === 'h2') hosts.add(options.host ?? options.hostname)
      callback(null, socket)
    })
}

function getOrMake<T>(map: Map<string, T>, key: string, make: (key: string) => T): T {
  const value = map.get(key) ?? make(key)
  map.set(key, value)
  return value
}

async function send(httpRequest: HttpRequest, pools: Pools): ReturnType<Fetch> {
  const { method, url, headers, signal } = httpRequest
  try {
    const settings = httpRequest.host?.host === url.host ? httpRequest.host : undefined
    const sent = { ...settings?.headers, ...headers }
    const { dispatcher, direct } = await pools.route({ url, settings, sends: httpRequest.body !== undefined })
    const large = httpRequest.isLarge && direct ? await sendLarge({ ...httpRequest, headers: sent }, direct) : undefined
    if (large !== undefined) return large
    const answer = await pools.request(url, {
      method,
      headers: sent,
      body: openBody(httpRequest),
      dispatcher,
      signal: signal ?? null,
    })
    return {
      status: answer.statusCode,
      url,
      headers: responseHeaders(fieldsOf(answer.headers)),
      body: readBody(answer.body, { url, signal, sharesMemory: pools.http2Hosts.has(url.host) }),
    }
  } catch (error) {
    throw networkError(error, url, signal)
  }
}

/** Requests over HTTP/1.1; undefined where the host refuses that. */
async function sendLarge(httpRequest: HttpRequest, direct: LargeConnection): Promise<HttpResponse | undefined> {
  const { url, signal } = httpRequest
  const { requestLarge } = await import('./large/request-large.ts')
  try {
    const { body, ...head } = await requestLarge(httpRequest, direct)
    return { ...head, url, body: explained(body, { url, signal }) }
  } catch (error) {
    if (hasErrno(error, 'ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL')) return undefined
    throw error
  }
}

/** undici sends any iterable; its types list streams only, which would read ahead. */
function openBody({ body, headers }: HttpRequest): Readable | null {
  if (body === undefined) return null
  return inBatches(body(), Number(headers['content-length'])) as AsyncIterable<Uint8Array> as Readable
}

interface Reading {
  readonly url: URL
  readonly signal: AbortSignal | undefined
  /** Other bodies may lie in the memory of a chunk, as in HTTP/2. */
  readonly sharesMemory: boolean
}

async function* readBody(
  body: AsyncIterable<Uint8Array>,
  { url, signal, sharesMemory }: Reading,
): AsyncGenerator<Uint8Array> {
  // In HTTP/1.1, the parser is done with a chunk that reaches the end of what was received.
  for await (const chunk of explained(body, { url, signal })) yield sharesMemory ? chunk : markFresh(chunk)
}

async function* explained(
  body: AsyncIterable<Uint8Array>,
  { url, signal }: Pick<Reading, 'url' | 'signal'>,
): AsyncGenerator<Uint8Array> {
  try {
    yield* body
  } catch (error) {
    throw networkError(error, url, signal)
  }
}

function fieldsOf(
  values: Readonly<Record<string, string | string[] | undefined>>,
): readonly (readonly [string, string])[] {
  return Object.entries(values).flatMap(([name, value]) => [value ?? []].flat().map((one) => [name, one] as const))
}

/** Failures that a second attempt would only repeat. */
const permanent: ReadonlySet<string> = new Set([
  'ENOTFOUND',
  'EACCES',
  'UND_ERR_INVALID_ARG',
  'UND_ERR_DESTROYED',
  'UND_ERR_CLOSED',
])

function networkError(error: unknown, url: URL, signal: AbortSignal | undefined): unknown {
  if (signal?.aborted === true) return signal.reason
  if (!(error instanceof Error) || error instanceof RegistryError) return error
  const code = 'code' in error && typeof error.code === 'string' ? error.code : ''
  if (code === 'UND_ERR_CONNECT_TIMEOUT') {
    return new RegistryError('REGISTRY_TIMEOUT', `${url.host} did not accept a connection in time`, {
      temporary: true,
      cause: error,
    })
  }
  if (code === 'ERR_SSL_WRONG_VERSION_NUMBER' || code === 'ERR_SSL_PACKET_LENGTH_TOO_LONG') {
    // The words of the library are numbers and file names.
    return new RegistryError('REGISTRY_TLS', `${url.host} does not answer with TLS`, { tls: 'absent' })
  }
  const untrusted = /CERT|TLS|SSL|SIGNATURE/.test(code)
  const temporary = !permanent.has(code)
  // Node reports a refused connection to a name with several addresses as an AggregateError without
  // a message.
  const reason = error.message === '' ? code : error.message
  if (untrusted)
    return new RegistryError('REGISTRY_TLS', `no trust in ${url.host}: ${reason}`, { tls: 'untrusted', cause: error })
  return new RegistryError('REGISTRY_UNREACHABLE', `no answer from ${url.host}: ${reason}`, { temporary, cause: error })
}
