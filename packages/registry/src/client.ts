import { callEndpoint, type EndpointContext } from './endpoints/call-endpoint.ts'
import { ping } from './endpoints/ping.ts'
import { canonicalRegistry, isInsecure, registryOrigin } from './hosts.ts'
import { createHttpClient, type HttpClientOptions } from './http-client.ts'
import type { Keychain } from './keychain/keychain.ts'
import { auth } from './middleware/auth.ts'
import { type MirrorEvent, route } from './middleware/route.ts'
import { redirect } from './middleware/redirect.ts'
import { Repository } from './repository.ts'
import type { RegistryHost } from './where/registry-host.ts'
import { createRouter } from './where/router.ts'

export interface RegistryClientOptions extends HttpClientOptions {
  /** Credentials; default anonymous. */
  readonly keychain?: Keychain
  /**
   * Hosts, with port, that are spoken to in plain HTTP; their certificates are not checked should
   * they answer TLS.
   */
  readonly insecureRegistries?: readonly string[]
  readonly onMirrorSkip?: (event: MirrorEvent) => void
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

const maxRedirects = 5
const anonymous: Keychain = { credentialFor: async () => undefined }

/** Makes a client. An unused or idle client does not keep the process alive. */
export function createRegistryClient(options: RegistryClientOptions = {}): RegistryClient {
  const insecure = options.insecureRegistries ?? []
  const { find } = createRouter({ env: options.env ?? process.env, insecure, probe: options.fetch === undefined })
  const { fetch, signal, policy, close } = createHttpClient(options, {
    each: [
      // Below the retries: a mirror that fails is not worth waiting for.
      route(find, options.onMirrorSkip),
      // A token is fetched under the same rules as all else.
      auth(options.keychain ?? anonymous),
    ],
    inner: [redirect(maxRedirects)],
    trusts: async (host) => isInsecure(host, insecure),
  })
  const makeContext = (registry: string, repository: string): EndpointContext => {
    // Refuses a wrong name at once.
    registryOrigin(registry)
    const origin = async (): Promise<URL> => (await find(registry, repository)).origin.origin()
    const hosts = async (): Promise<readonly RegistryHost[]> => {
      const { origin, mirrors } = await find(registry, repository)
      return [origin, ...mirrors]
    }
    return { fetch, origin, hosts, registry: canonicalRegistry(registry), repository, signal, onRetry: options.onRetry }
  }
  return {
    repository: ({ registry, repository }) => new Repository(makeContext(registry, repository), policy),
    ping: (registry) => callEndpoint(makeContext(registry, ''), ping()),
    close,
    [Symbol.asyncDispose]: close,
  }
}
