import { RegistryError } from '../errors.ts'
import { drain, type HttpRequest, type HttpResponse, type Middleware } from '../http.ts'
import { redactUrl } from '../redact.ts'

const redirects: ReadonlySet<number> = new Set([301, 302, 303, 307, 308])

/**
 * Follows at most `hops` redirects. Credentials stay with the origin they were meant for, https
 * never becomes http, and a body that can be sent only once is not sent elsewhere. 303 turns the
 * request into a GET.
 */
export function redirect(hops: number): Middleware {
  return (next) => async (request) => {
    let current = request
    for (let hop = 0; ; hop++) {
      const response = await next(current)
      const location = response.headers.get('location')
      if (!redirects.has(response.status) || location === null) return response
      await drain(response)
      if (hop === hops)
        throw new RegistryError('REGISTRY_PROTOCOL', `more than ${hops} redirects from ${request.url.host}`)
      current = followed(current, response, location)
    }
  }
}

function followed(request: HttpRequest, response: HttpResponse, location: string): HttpRequest {
  if (!URL.canParse(location, request.url.href)) {
    throw new RegistryError('REGISTRY_PROTOCOL', `unreadable redirect from ${request.url.host}`)
  }
  const url = new URL(location, request.url)
  if (url.protocol !== 'https:' && (url.protocol !== 'http:' || request.url.protocol === 'https:')) {
    throw new RegistryError('REGISTRY_PROTOCOL', `refused redirect from ${request.url.protocol} to ${redactUrl(url)}`)
  }
  if (request.once === true) {
    throw new RegistryError('REGISTRY_PROTOCOL', `unexpected redirect of an upload to ${redactUrl(url)}`, {
      status: response.status,
    })
  }
  // A form may hold a token.
  if (request.method === 'POST' && request.body !== undefined && url.origin !== request.url.origin)
    throw new RegistryError('REGISTRY_PROTOCOL', `refused to repeat a request with credentials at ${redactUrl(url)}`)
  const headers = url.origin === request.url.origin ? request.headers : withoutCredentials(request.headers)
  if (response.status !== 303) return { ...request, url, headers }
  const { body: _, ...rest } = request
  return { ...rest, url, headers, method: request.method === 'HEAD' ? 'HEAD' : 'GET' }
}

function withoutCredentials(headers: HttpRequest['headers']): HttpRequest['headers'] {
  const { authorization: _, cookie: __, ...rest } = headers
  return rest
}
