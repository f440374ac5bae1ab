import { RegistryError } from '../errors.ts'
import { type HttpRequest, type HttpResponse, type Middleware, statusText } from '../http.ts'

/** Requests in a row that end without an answer, retries included, before a host is left alone. */
const limit = 3
/** Milliseconds for which it is left alone; then one request tries again. */
const rest = 30_000

/** Answers of a host, or of a proxy before it, that say the same as silence. */
const silence: ReadonlySet<number> = new Set([429, 502, 503, 504])

interface Health {
  failures: number
  /** Milliseconds since the epoch. */
  until: number
  last: RegistryError | undefined
}

/**
 * Keeps requests from a host that does not answer: after a few that failed in spite of their
 * retries, the others fail at once with the same code. Uploads, which their caller repeats, do not
 * count.
 */
export function breaker(now: () => number = Date.now): Middleware {
  const hosts = new Map<string, Health>()
  return (next) => async (request) => {
    const { host } = request.url
    const health = hosts.get(host) ?? { failures: 0, until: 0, last: undefined }
    hosts.set(host, health)
    if (health.failures >= limit) {
      if (now() < health.until) throw refusal(host, health)
      // The others wait for the outcome of this one.
      health.until = now() + rest
    }
    const fail = (error: RegistryError): void => {
      if (request.once === true) return
      health.failures++
      health.until = now() + Math.max(rest, error.retryAfter ?? 0)
      health.last = error
    }
    try {
      const response = await next(request)
      if (silence.has(response.status)) fail(await failureOf(request, response))
      else health.failures = 0
      return response
    } catch (error) {
      if (error instanceof RegistryError && error.temporary) fail(error)
      throw error
    }
  }
}

async function failureOf({ url }: HttpRequest, { status }: HttpResponse): Promise<RegistryError> {
  const code = status === 429 ? 'REGISTRY_TOO_MANY_REQUESTS' : 'REGISTRY_UNAVAILABLE'
  return new RegistryError(code, `${url.host} answered ${await statusText(status)}`, { status })
}

function refusal(host: string, { failures, last }: Health): RegistryError {
  const message = `${host} has failed ${failures} requests in a row and gets no more for now`
  const { code = 'REGISTRY_UNREACHABLE', status } = last ?? {}
  return new RegistryError(code, last === undefined ? message : `${message}: ${last.message}`, { status })
}
