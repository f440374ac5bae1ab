import { RegistryError } from '../errors.ts'
import { drain, statusText, type HttpRequest, type HttpResponse, type Middleware } from '../http.ts'

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
 * Sends `mirrored` requests to the mirrors of their registry, in order, and to the registry itself
 * if all mirrors lack the content or fail. A mirror gets the credentials of its own host, never
 * those of the registry. One that fails is left out for the life of the client; to lack the content
 * is no failure.
 */
export function mirrors(
  find: (registry: string) => Promise<readonly URL[]>,
  onSkip?: (event: MirrorEvent) => void,
): Middleware {
  return (next) => {
    const skipped = new Set<string>()
    const ask = async (request: HttpRequest): Promise<HttpResponse | string | undefined> => {
      try {
        const response = await next(request)
        if (response.status === 200 || response.status === 206) return response
        await drain(response)
        return response.status === 404 ? undefined : await statusText(response.status)
      } catch (error) {
        if (error instanceof RegistryError) return error.message
        throw error
      }
    }
    return async (request) => {
      const { access } = request
      if (request.mirrored !== true || access === undefined) return next(request)
      for (const mirror of await find(access.registry)) {
        if (skipped.has(mirror.href)) continue
        const outcome = await ask({
          ...request,
          url: below(mirror, request.url),
          access: { ...access, registry: mirror.host },
        })
        if (typeof outcome === 'object') return outcome
        // Requests at the same time fail together, and are one event.
        if (outcome === undefined || skipped.has(mirror.href)) continue
        skipped.add(mirror.href)
        onSkip?.({ mirror: mirror.host, registry: access.registry, reason: outcome })
      }
      return next(request)
    }
  }
}

/** The same request below the address of a mirror, which may have a path. */
function below(mirror: URL, { pathname, search }: URL): URL {
  return new URL(`${mirror.pathname.replace(/\/+$/, '')}${pathname}${search}`, mirror)
}
