import type { Dispatcher, EnvHttpProxyAgent } from 'undici'
import { type Environment, proxySettings } from '@tsbuild/registry'
import type { HttpFetch } from './http-source.ts'

/**
 * Downloads through the proxies of an environment, loopback aside. The code for it is loaded with
 * the first download.
 */
export function proxiedFetch(env: Environment): { readonly fetch: HttpFetch } & AsyncDisposable {
  let agent: EnvHttpProxyAgent | undefined
  return {
    fetch: async (url, { onReceived, ...init }) => {
      const { EnvHttpProxyAgent, fetch } = await import('undici')
      // Deadlines are the caller's, who knows what has arrived.
      agent ??= new EnvHttpProxyAgent({ headersTimeout: 0, bodyTimeout: 0, ...throughProxies(env) })
      // The same interface by two names: that of the library and that of the platform it became
      // part of.
      return fetch(url, { ...init, dispatcher: agent.compose(counting(onReceived)) })
    },
    [Symbol.asyncDispose]: async () => agent?.destroy(),
  }
}

/** Reports the size of each piece of a body before `fetch` decompresses it. */
function counting(onReceived: (bytes: number) => void): Dispatcher.DispatcherComposeInterceptor {
  return (dispatch) => (options, handler) =>
    dispatch(options, {
      onRequestStart: (...start) => handler.onRequestStart?.(...start),
      onRequestUpgrade: (...upgrade) => handler.onRequestUpgrade?.(...upgrade),
      onResponseStart: (...start) => handler.onResponseStart?.(...start),
      onResponseData: (controller, chunk) => {
        onReceived(chunk.length)
        return handler.onResponseData?.(controller, chunk)
      },
      onResponseEnd: (...end) => handler.onResponseEnd?.(...end),
      onResponseError: (...error) => handler.onResponseError?.(...error),
    })
}

function throughProxies(env: Environment): ReturnType<typeof proxySettings> {
  const { noProxy, ...proxies } = proxySettings(env)
  return { ...proxies, noProxy: ['localhost', '127.0.0.1', '[::1]', noProxy].filter((name) => name !== '').join(',') }
}
