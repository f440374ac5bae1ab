import { createAuthorizer, type Authorizer } from '../auth/authorizer.ts'
import { readDemand, type Demand } from '../auth/scheme.ts'
import { drain, type Access, type HttpRequest, type HttpResponse, type Middleware } from '../http.ts'
import type { Keychain } from '../keychain/keychain.ts'

/**
 * Answers 401 challenges with Basic or Bearer credentials. Tokens are requested for the scopes of
 * the request, shared by concurrent requests, kept until they expire and replaced once when the
 * registry refuses them earlier. A refused `once` request returns its 401, with a fresh token in
 * store for the next attempt.
 */
export function auth(keychain: Keychain, now: () => number = Date.now): Middleware {
  return (next) => {
    const demands = new Map<string, Demand>()
    const authorizer = createAuthorizer({ fetch: next, keychain, now })
    return async (request) => {
      const { access, signal } = request
      if (access === undefined) return next(request)
      const { origin } = request.url
      const known = demands.get(origin)
      const { host } = request
      const first = known && (await untilAborted(authorizer.authorize({ ...known, host }, access), signal))
      const response = await next(withAuthorization(request, first))
      // A 401 from where a redirect led is not this registry's to ask for our credentials.
      if (response.status !== 401 || response.url.origin !== origin) return response

      const demand = readDemand(response)
      if (demand === undefined) return refused(response, access, authorizer)
      // Scopes belong to the request that was refused; later requests ask for their own.
      demands.set(origin, { scheme: demand.scheme, scopes: [] })
      const second = await untilAborted(authorizer.authorize({ ...demand, host }, access, first), signal)
      if (second === undefined || second === first || request.once === true)
        return refused(response, access, authorizer)
      await drain(response)
      const answer = await next(withAuthorization(request, second))
      return answer.status === 401 ? refused(answer, access, authorizer) : answer
    }
  }
}

/**
 * The 401 itself, unless credentials are only missing because they could not be read: that is the
 * better news.
 */
async function refused(response: HttpResponse, access: Access, authorizer: Authorizer): Promise<HttpResponse> {
  try {
    await authorizer.checkCredentials(access)
  } catch (error) {
    await drain(response)
    throw error
  }
  return response
}

function withAuthorization(request: HttpRequest, authorization: string | undefined): HttpRequest {
  return authorization === undefined ? request : { ...request, headers: { ...request.headers, authorization } }
}

/**
 * A shared token request outlives the one who asked first; each one waiting leaves on their own
 * signal.
 */
async function untilAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return promise
  // Without a waiter, a failure would end the process.
  promise.catch(() => {})
  signal.throwIfAborted()
  const aborted = Promise.withResolvers<never>()
  const leave = (): void => aborted.reject(signal.reason)
  signal.addEventListener('abort', leave, { once: true })
  try {
    return await Promise.race([promise, aborted.promise])
  } finally {
    signal.removeEventListener('abort', leave)
  }
}
