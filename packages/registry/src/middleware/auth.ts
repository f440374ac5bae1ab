import { type Authorization, type Authorizer, createAuthorizer } from '../auth/authorizer.ts'
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
      const { access, signal, host } = request
      if (access === undefined) return next(request)
      const authorize = (demand: Demand, used?: Authorization): Promise<Authorization | undefined> =>
        untilAborted(authorizer.authorize({ ...demand, host }, access, used), signal)
      const renew = async (demand: Demand, used: Authorization | undefined): Promise<Authorization | undefined> => {
        if (used?.credential === undefined) return undefined
        const isOther = await untilAborted(authorizer.renew(access, used.credential), signal)
        return isOther ? authorize(demand, used) : undefined
      }
      const again = async (refusal: HttpResponse, authorization: Authorization): Promise<HttpResponse> => {
        await drain(refusal)
        return next(withAuthorization(request, authorization))
      }
      const { origin } = request.url
      const known = demands.get(origin)
      const first = known && (await authorize(known))
      const response = await next(withAuthorization(request, first))
      if (response.url.origin === origin && isExpiredLogin(response, known)) {
        const other = await renew(known, first)
        return other === undefined || request.once === true ? response : again(response, other)
      }
      // A 401 from where a redirect led is not this registry's to ask for our credentials.
      if (response.status !== 401 || response.url.origin !== origin) return response

      const demand = readDemand(response)
      if (demand === undefined) return refused(response, access, authorizer)
      // Scopes belong to the request that was refused; later requests ask for their own.
      demands.set(origin, { scheme: demand.scheme, scopes: [] })
      const fresh = await authorize(demand, first)
      const isFresh = fresh?.header !== first?.header
      const second = isFresh ? fresh : await renew(demand, first)
      if (second === undefined || request.once === true) return refused(response, access, authorizer)
      const answer = await again(response, second)
      if (answer.status !== 401) return answer
      const third = isFresh ? await renew(demand, second) : undefined
      if (third === undefined) return refused(answer, access, authorizer)
      const last = await again(answer, third)
      return last.status === 401 ? refused(last, access, authorizer) : last
    }
  }
}

/** Amazon ECR answers 403 when a password has expired. */
function isExpiredLogin({ status }: HttpResponse, demand: Demand | undefined): demand is Demand {
  return status === 403 && demand?.scheme.kind === 'basic'
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

function withAuthorization(request: HttpRequest, authorization: Authorization | undefined): HttpRequest {
  if (authorization === undefined) return request
  return { ...request, headers: { ...request.headers, authorization: authorization.header } }
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
