import { isDigest } from '@tsbuild/oci'
import { RegistryError } from '../errors.ts'
import { drain, type Fetch, type HttpRequest, type HttpResponse } from '../http.ts'
import { redactUrl } from '../redact.ts'
import { errorFrom } from '../wire-error.ts'
import type { RetryEvent } from '../middleware/retry.ts'
import type { RegistryHost } from '../where/registry-host.ts'
import type { Endpoint } from './endpoint.ts'

/** Target of an endpoint: one repository, or the registry itself, and the transport to it. */
export interface EndpointContext {
  readonly fetch: Fetch
  /** Asked before each request; answered at once after the first time. */
  readonly origin: () => Promise<URL>
  /** The registry's own host first, then its mirrors. */
  readonly hosts: () => Promise<readonly RegistryHost[]>
  readonly registry: string
  readonly repository: string
  readonly signal?: AbortSignal | undefined
  /** Mirrors of the registry may answer: for reading, not for what decides about a push. */
  readonly mirrored?: boolean
  /** A push follows: one token serves the questions before it as well. */
  readonly pushes?: boolean
  /** Called before a broken transfer continues. */
  readonly onRetry?: ((event: RetryEvent) => void) | undefined
}

/** Runs one endpoint. Errors name the operation and the repository. */
export async function callEndpoint<T>(context: EndpointContext, endpoint: Endpoint<T>): Promise<T> {
  try {
    const response = await context.fetch(buildRequest(context, await context.origin(), endpoint))
    if (!endpoint.expects.includes(response.status)) throw await errorFrom(response, '')
    return await decoded(endpoint, response)
  } catch (error) {
    if (!(error instanceof RegistryError)) throw error
    throw error.during(formatOperation(context, endpoint), context.registry)
  }
}

/** Operation of an endpoint, for messages: `pull blob sha256:… from registry.example/app`. */
export function formatOperation(
  { registry, repository }: EndpointContext,
  { describe, reference }: Endpoint<unknown>,
): string {
  return `${describe} ${formatName({ registry, repository }, reference)}`
}

/**
 * A registry, a repository, or with a tag or digest an image, for messages:
 * `registry.example/app:1.0`.
 */
export function formatName(
  { registry, repository }: Pick<EndpointContext, 'registry' | 'repository'>,
  reference?: string,
): string {
  if (repository === '') return registry
  const suffix = reference === undefined ? '' : `${isDigest(reference) ? '@' : ':'}${reference}`
  return `${registry}/${repository}${suffix}`
}

async function decoded<T>(endpoint: Endpoint<T>, response: HttpResponse): Promise<T> {
  try {
    return await endpoint.decode(response)
  } catch (error) {
    await drain(response)
    throw error
  }
}

/** Methods whose requests have a body, even if it is empty. */
const sending: ReadonlySet<string> = new Set(['POST', 'PUT', 'PATCH'])

function buildRequest(context: EndpointContext, origin: URL, endpoint: Endpoint<unknown>): HttpRequest {
  const url = resolveUrl(origin, endpoint.path)
  const { body } = endpoint
  return {
    method: endpoint.method,
    url,
    headers: {
      ...(endpoint.accept && { accept: endpoint.accept.join(', ') }),
      ...(body && { 'content-type': body.mediaType }),
      ...(sending.has(endpoint.method) && { 'content-length': String(body?.size ?? 0) }),
      ...endpoint.headers,
    },
    ...(body && body.size > 0 && { body: () => body.open() }),
    ...(body && { once: body.once }),
    // An upload may be sent to another host by its Location; that host never learns who we are.
    ...(url.origin === origin.origin && { access: neededAccess(context, endpoint) }),
    ...(endpoint.isLarge && { isLarge: true }),
    ...(endpoint.attempts !== undefined && { attempts: endpoint.attempts }),
    ...(context.signal && { signal: context.signal }),
    ...(context.mirrored && { mirrored: true }),
  }
}

function neededAccess(
  { registry, repository, pushes = false, mirrored = false }: EndpointContext,
  { actions, alsoPull }: Endpoint<unknown>,
): HttpRequest['access'] & {} {
  if (actions.length === 0) return { registry, repository, scopes: [] }
  const needed = pushes && !mirrored && actions.includes('pull') ? ['pull', 'push'] : actions
  const scopes = [`repository:${repository}:${needed.join(',')}`]
  return { registry, repository, scopes: alsoPull === undefined ? scopes : [...scopes, `repository:${alsoPull}:pull`] }
}

function resolveUrl(origin: URL, path: string): URL {
  if (!URL.canParse(path, origin.href))
    throw new RegistryError('REGISTRY_PROTOCOL', `unreadable Location from ${origin.host}`)
  const url = new URL(path, origin)
  if (url.protocol === 'https:' || (url.protocol === 'http:' && origin.protocol === 'http:')) return url
  throw new RegistryError('REGISTRY_PROTOCOL', `refused to continue at ${redactUrl(url)}: not https`)
}
