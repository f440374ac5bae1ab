import { answersTls } from './answers-tls.ts'
import { callEndpoint, type EndpointContext } from './endpoints/call-endpoint.ts'
import { ping } from './endpoints/ping.ts'
import { canonicalRegistry, isInsecure, registryOrigin } from './hosts.ts'
import { compose, type Fetch, type Middleware } from './http.ts'
import type { Environment } from './keychain/docker-config.ts'
import type { Keychain } from './keychain/keychain.ts'
import { auth } from './middleware/auth.ts'
import { type MirrorEvent, mirrors } from './middleware/mirrors.ts'
import { redirect } from './middleware/redirect.ts'
import { defaultRetryPolicy, retry, type RetryEvent, type RetryPolicy } from './middleware/retry.ts'
import { throttle } from './middleware/throttle.ts'
import { defaultTimeouts, timeouts, type Timeouts } from './middleware/timeouts.ts'
import { proxySettings } from './proxy-settings.ts'
import { type DaemonSettings, readDaemonSettings } from './where/daemon-settings.ts'
import { findCertificates } from './where/host-certificates.ts'
import { Repository } from './repository.ts'
import { createTransport } from './transport.ts'

export interface RegistryClientOptions {
  /** Credentials; default anonymous. */
  readonly keychain?: Keychain
  /**
   * Variables with proxies (`HTTP_PROXY`, `HTTPS_PROXY`, `NO_PROXY`), `SSL_CERT_FILE`, and the home
   * directory whose `certs.d` counts; default: those of the process.
   */
  readonly env?: Environment
  /**
   * Hosts, with port, that are spoken to in plain HTTP; their certificates are not checked should
   * they answer TLS.
   */
  readonly insecureRegistries?: readonly string[]
  /** Ends everything the client does. */
  readonly signal?: AbortSignal
  /** Concurrent requests per registry that wait for an answer; default 8. */
  readonly concurrency?: number
  readonly userAgent?: string
  readonly retry?: Partial<RetryPolicy>
  readonly timeouts?: Partial<Timeouts>
  readonly onRetry?: (event: RetryEvent) => void
  readonly onMirrorSkip?: (event: MirrorEvent) => void
  /** Replaces undici as what sends requests; everything else stays in place. */
  readonly fetch?: Fetch
}

/**
 * Registries and one way to reach them. Connections, tokens and limits are shared by all
 * repositories of a client.
 */
export interface RegistryClient extends AsyncDisposable {
  /** A repository by registry and path, as `parseReference` gives them; asks nothing yet. */
  repository(reference: { readonly registry: string; readonly repository: string }): Repository
  /**
   * Asks whether the registry answers and takes the credentials of the keychain; rejects with
   * `RegistryError` when not.
   */
  ping(registry: string): Promise<void>
  /** Aborts what is under way and closes all connections. */
  close(): Promise<void>
}

const defaultConcurrency = 8
const maxRedirects = 5
const nobody: Keychain = { credentialFor: async () => undefined }

/** Makes a client. An unused or idle client does not keep the process alive. */
export function createRegistryClient(options: RegistryClientOptions = {}): RegistryClient {
  const insecure = options.insecureRegistries ?? []
  const policy = { ...defaultRetryPolicy, ...options.retry }
  const limits = { ...defaultTimeouts, ...options.timeouts }
  const env = options.env ?? process.env
  let settings: Promise<DaemonSettings> | undefined
  const daemon = (): Promise<DaemonSettings> => (settings ??= readDaemonSettings(env))
  const allInsecure = async (): Promise<readonly string[]> => [...insecure, ...(await daemon()).insecure]
  const transport = createTransport({
    proxies: proxySettings(env),
    connectTimeout: limits.connect,
    trusts: async (host) => isInsecure(host, await allInsecure()),
    certificates: (host) => findCertificates(host, env),
  })
  const closing = new AbortController()
  const signal = options.signal === undefined ? closing.signal : AbortSignal.any([options.signal, closing.signal])
  // From the outside in. Waiting for a retry holds no slot; a token is fetched under the same rules
  // as all else.
  const fetch = compose(options.fetch ?? transport.fetch, [
    retry(policy, options.onRetry),
    // Below the retries: a mirror that fails is not worth waiting for.
    mirrors(async (registry) => (registry === 'docker.io' ? (await daemon()).mirrors : []), options.onMirrorSkip),
    auth(options.keychain ?? nobody),
    throttle(options.concurrency ?? defaultConcurrency),
    redirect(maxRedirects),
    timeouts(limits),
    userAgent(options.userAgent ?? 'tsbuild'),
  ])
  const close = async (): Promise<void> => {
    closing.abort()
    await transport.close()
  }
  const findOrigin = originFinder(options.fetch === undefined)
  const makeContext = (registry: string, repository: string): EndpointContext => {
    // Refuses a wrong name at once.
    registryOrigin(registry)
    const origin = async (): Promise<URL> => findOrigin(registryOrigin(registry, await allInsecure()))
    return { fetch, origin, registry: canonicalRegistry(registry), repository, signal }
  }
  return {
    repository: ({ registry, repository }) => new Repository(makeContext(registry, repository), policy),
    ping: (registry) => callEndpoint(makeContext(registry, ''), ping()),
    close,
    [Symbol.asyncDispose]: close,
  }
}

/** Hosts allowed plain HTTP are asked once whether they speak TLS after all. */
function originFinder(probe: boolean): (presumed: URL) => Promise<URL> {
  const origins = new Map<string, Promise<URL>>()
  const find = async (presumed: URL): Promise<URL> =>
    (await answersTls(presumed)) ? new URL(`https://${presumed.host}/`) : presumed
  return async (presumed) => {
    if (!probe || presumed.protocol === 'https:') return presumed
    const found = origins.get(presumed.host) ?? find(presumed)
    origins.set(presumed.host, found)
    return found
  }
}

function userAgent(name: string): Middleware {
  return (next) => (request) => next({ ...request, headers: { ...request.headers, 'user-agent': name } })
}
