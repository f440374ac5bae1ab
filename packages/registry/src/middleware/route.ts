import { isDigest } from '@tsbuild/oci'
import { RegistryError } from '../errors.ts'
import { canonicalRegistry } from '../hosts.ts'
import { drain, statusText, type Fetch, type HttpRequest, type HttpResponse, type Middleware } from '../http.ts'
import type { MirrorHost, RegistryHost, Route } from '../where/registry-host.ts'

/** A mirror that failed and is left out from now on. */
export interface MirrorEvent {
  /** With the port if there is one. */
  readonly mirror: string
  /** Its registry, which is read instead. */
  readonly registry: string
  /** `503 Service Unavailable`, or the message of the error. */
  readonly reason: string
}

/**
 * Sends requests to the hosts of their route: `mirrored` ones to the mirrors in order, and to the
 * origin if all mirrors lack the content or fail; all others to the origin. A host gets the
 * credentials of its own name. A mirror that fails is left out for the life of the client; to lack
 * the content is no failure.
 */
export function route(
  find: (registry: string, repository: string) => Promise<Route>,
  onSkip?: (event: MirrorEvent) => void,
): Middleware {
  return (next) => {
    const skipped = new Set<string>()
    /** Repositories of mirrors that have resolved a tag. */
    const resolved = new Set<string>()
    return async (request) => {
      const { access } = request
      if (access === undefined) return next(request)
      const { registry, repository } = access
      const { blocked, decidedBy, mirrors, origin } = await find(registry, repository)
      if (blocked) throw blockedError(registry, decidedBy)
      const tag = readTag(request.url)
      for (const mirror of request.mirrored === true ? mirrors : []) {
        const base = `${mirror.host}${mirror.apiRoot}`
        const key = `${base}/${mirror.repository}`
        const digests = mirror.digests === 'after-tag' ? resolved.has(key) : mirror.digests
        if (skipped.has(base) || !(tag ? mirror.tags : digests)) continue
        const outcome = await ask(next, request, mirror)
        if (typeof outcome === 'object') {
          if (tag) resolved.add(key)
          return outcome
        }
        // Requests at the same time fail together, and are one event.
        if (outcome === undefined || skipped.has(base)) continue
        skipped.add(base)
        onSkip?.({ mirror: mirror.host, registry, reason: outcome })
      }
      return next(await addressed(request, origin))
    }
  }
}

/** The answer; the reason of a failure; or undefined when the mirror lacks the content. */
async function ask(next: Fetch, request: HttpRequest, mirror: MirrorHost): Promise<HttpResponse | string | undefined> {
  try {
    const there = await addressed(request, mirror)
    if (mirror.namespace !== undefined) there.url.searchParams.set('ns', mirror.namespace)
    const response = await next(there)
    if (response.status === 200 || response.status === 206) return response
    await drain(response)
    return response.status === 404 ? undefined : await statusText(response.status)
  } catch (error) {
    if (error instanceof RegistryError && error.code !== 'REGISTRY_CONFIG_INVALID') return error.message
    throw error
  }
}

/** The same request at a host, whose repository and path may be others. */
export async function addressed(request: HttpRequest, host: RegistryHost): Promise<HttpRequest> {
  const { access, url } = request
  const { pathname, search } = url
  const { registry, repository, scopes } = access ?? { registry: '', repository: '', scopes: [] }
  const own = `/v2/${repository === '' ? '' : `${repository}/`}`
  // A Location of an upload has the path of the host already.
  const isOwn = pathname.startsWith(own) && /^$|^(?:blobs|manifests|referrers|tags)\//.test(pathname.slice(own.length))
  const name = host.repository === '' ? '' : `${host.repository}/`
  const path = isOwn ? `${host.apiRoot}/${name}${pathname.slice(own.length)}` : pathname
  const target = canonicalRegistry(host.host)
  // Not parsed as a reference: a path such as //evil.example would name another host.
  const to = Object.assign(new URL(await host.origin()), { pathname: path, search })
  return {
    ...request,
    url: to,
    access: {
      registry: target === canonicalRegistry(registry) ? registry : target,
      repository: host.repository,
      scopes: scopes.map((scope) => withRepository(scope, repository, host.repository)),
    },
    ...(host.settings && { host: host.settings }),
  }
}

function withRepository(scope: string, from: string, to: string): string {
  const start = `repository:${from}:`
  return scope.startsWith(start) ? `repository:${to}:${scope.slice(start.length)}` : scope
}

function readTag({ pathname }: URL): boolean {
  const [, reference] = /\/manifests\/([^/]+)$/.exec(pathname) ?? []
  return reference !== undefined && !isDigest(decodeURIComponent(reference))
}

function blockedError(registry: string, file: string | undefined): RegistryError {
  return new RegistryError('REGISTRY_BLOCKED', `${registry} is blocked in ${file ?? 'the settings'}`, {
    hint: 'use another registry, or remove "blocked" from the file',
  })
}
