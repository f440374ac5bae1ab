import { type ServiceRequest, toHttp } from '@tsbuild/cloud'
import type { Fetch, HttpResponse } from '@tsbuild/registry'

/** One request to an object store. */
export type ObjectRequest = ServiceRequest

/** Sends a request with the authorization of a store. */
export type Send = (request: ObjectRequest) => Promise<HttpResponse>

/** Sends requests without authorization; `signal` ends all of them. */
export function plainSend({ fetch, signal }: { readonly fetch: Fetch; readonly signal: AbortSignal }): Send {
  return (request) => fetch(toHttp({ ...request, signal: withSignal(signal, request.signal) }))
}

/** A signal that is aborted with either. */
export function withSignal(signal: AbortSignal, other: AbortSignal | undefined): AbortSignal {
  return other === undefined || other === signal ? signal : AbortSignal.any([signal, other])
}
