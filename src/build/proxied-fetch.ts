import type { EnvHttpProxyAgent } from 'undici'
import type { HttpFetch } from '../op/http-source.ts'

/** Downloads through the proxies of the environment, loopback aside; what that takes is loaded with the first download. */
export function proxiedFetch(): { readonly fetch: HttpFetch } & AsyncDisposable {
  let agent: EnvHttpProxyAgent | undefined
  return {
    fetch: async (url, init) => {
      const { EnvHttpProxyAgent, fetch } = await import('undici')
      // Deadlines are the caller's, who knows what has arrived.
      agent ??= new EnvHttpProxyAgent({ headersTimeout: 0, bodyTimeout: 0, noProxy: noProxy() })
      // The same interface by two names: that of the library and that of the platform it became part of.
      return fetch(url, { ...init, dispatcher: agent })
    },
    [Symbol.asyncDispose]: async () => agent?.destroy(),
  }
}

function noProxy(): string {
  const { no_proxy: lower, NO_PROXY: upper } = process.env
  return ['localhost', '127.0.0.1', '[::1]', lower ?? upper].filter((name) => name !== undefined && name !== '').join(',')
}
