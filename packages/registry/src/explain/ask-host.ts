import { acceptedManifests } from '../endpoints/manifest-types.ts'
import { RegistryError } from '../errors.ts'
import { isInsecure } from '../hosts.ts'
import { createHttpClient } from '../http-client.ts'
import { drain, type HttpRequest, type HttpResponse } from '../http.ts'
import type { Environment } from '../keychain/docker-config.ts'
import type { Keychain } from '../keychain/keychain.ts'
import { auth } from '../middleware/auth.ts'
import { redirect } from '../middleware/redirect.ts'
import { addressed } from '../middleware/route.ts'
import type { MirrorHost, RegistryHost } from '../where/registry-host.ts'
import { errorFrom } from '../wire-error.ts'

/** Answer of a host to the first requests of a pull. */
export interface HostAnswer {
  /** It speaks the API and lets these credentials read the repository. */
  readonly works: boolean
  /** It has the image; absent where it does not work. */
  readonly hasImage?: boolean
  /** Fault of the host, or of the way to it. */
  readonly reason?: string
  /** Remedy for it. */
  readonly hint?: string
}

export interface AskOptions {
  readonly registry: string
  readonly repository: string
  /** Tag or digest. */
  readonly reference: string
  readonly env: Environment
  readonly insecure: readonly string[]
  readonly keychain: Keychain
  /** Milliseconds for the whole answer. */
  readonly patience: number
  readonly signal: AbortSignal
}

/**
 * Asks one host for API support and for the manifest (distribution-spec § Determining Support,
 * § Pulling manifests), with the tokens of a pull and without retries. Rejects only if aborted.
 */
export async function askHost(host: RegistryHost | MirrorHost, options: AskOptions): Promise<HostAnswer> {
  const { env, insecure, keychain, patience, signal } = options
  const limit = AbortSignal.timeout(patience)
  await using client = createHttpClient(
    {
      env,
      signal: AbortSignal.any([signal, limit]),
      retry: { attempts: 1 },
      timeouts: { connect: patience, idle: patience },
    },
    { each: [auth(keychain)], inner: [redirect(5)], trusts: async (name) => isInsecure(name, insecure) },
  )
  try {
    const request = { ...(await manifestRequest(host, options)), signal: client.signal }
    // Below a path of its own, a mirror has the API of repositories and often nothing else.
    if (host.apiRoot === '/v2') {
      const url = Object.assign(new URL(request.url), { pathname: '/v2/' })
      const support = await client.fetch({ ...request, method: 'GET', url })
      if (support.status !== 200) return await failure(support)
      await drain(support)
    }
    const manifest = await client.fetch(request)
    if (manifest.status !== 200 && manifest.status !== 404) return await failure(manifest)
    await drain(manifest)
    return { works: true, hasImage: manifest.status === 200 }
  } catch (error) {
    signal.throwIfAborted()
    if (limit.aborted) return { works: false, reason: `no answer within ${patience / 1000} s` }
    if (!(error instanceof RegistryError)) throw error
    return describe(error)
  }
}

async function failure(response: HttpResponse): Promise<HostAnswer> {
  return describe(await errorFrom(response, ''))
}

function describe({ message, hint }: RegistryError): HostAnswer {
  return { works: false, reason: message, ...(hint !== undefined && { hint }) }
}

async function manifestRequest(host: RegistryHost | MirrorHost, options: AskOptions): Promise<HttpRequest> {
  const { registry, repository, reference } = options
  const there = await addressed(
    {
      method: 'HEAD',
      url: new URL(`https://registry/v2/${repository}/manifests/${reference}`),
      headers: { accept: acceptedManifests.join(', ') },
      access: { registry, repository, scopes: [`repository:${repository}:pull`] },
    },
    host,
  )
  if ('namespace' in host && host.namespace !== undefined) there.url.searchParams.set('ns', host.namespace)
  return there
}
