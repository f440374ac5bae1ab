import { drain, type HttpResponse } from '@tsbuild/registry'
import type { IdentitySearch } from './identity-search.ts'
import { type ServiceRequest, toHttp } from './service-request.ts'

/** Outside of the cloud, metadata services are silent; the wait for that, in milliseconds. */
const patience = 1000

/**
 * Answer of a metadata service to the first question; undefined where none runs. Rejects if the
 * search is aborted.
 */
export async function firstAnswer(
  { http }: IdentitySearch,
  request: Omit<ServiceRequest, 'signal'>,
): Promise<HttpResponse | undefined> {
  const limit = AbortSignal.timeout(patience)
  try {
    const response = await http.fetch(toHttp({ ...request, signal: AbortSignal.any([http.signal, limit]) }))
    // The body is part of the answer, and comes as late as the server likes.
    const body = await drain(response, maxBody)
    if (limit.aborted) return undefined
    return {
      ...response,
      body: (async function* () {
        yield body
      })(),
    }
  } catch {
    http.signal.throwIfAborted()
    return undefined
  }
}

/** Limit of the answers of metadata services, in bytes. */
const maxBody = 256 * 1024
