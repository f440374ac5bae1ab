import type { Agent, Dispatcher, EnvHttpProxyAgent } from 'undici'
import { type Environment, chooseProxy, proxySettings } from '@tsbuild/registry'
import type { HttpFetch } from './http-source.ts'

/**
 * Downloads through the proxies of an environment, by the same rules as registries. The code for it
 * is loaded with the first download.
 */
export function proxiedFetch(env: Environment): { readonly fetch: HttpFetch } & AsyncDisposable {
  let agent: EnvHttpProxyAgent | undefined
  let direct: Agent | undefined
  const proxies = proxySettings(env)
  return {
    fetch: async (url, { onReceived, ...init }) => {
      const { Agent, EnvHttpProxyAgent, fetch } = await import('undici')
      // The caller sets deadlines, because it sees the bytes that arrive.
      const limits = { headersTimeout: 0, bodyTimeout: 0 }
      agent ??= new EnvHttpProxyAgent({ ...limits, ...proxies, noProxy: '' })
      const past = (direct ??= new Agent(limits))
      const bypass: Dispatcher.DispatcherComposeInterceptor = (dispatch) => (options, handler) =>
        chooseProxy(new URL(String(options.origin)), proxies).proxy === undefined
          ? past.dispatch(options, handler)
          : dispatch(options, handler)
      // The same interface by two names: that of the library and that of the platform it became
      // part of.
      return fetch(url, { ...init, dispatcher: agent.compose(bypass, counting(onReceived)) })
    },
    [Symbol.asyncDispose]: async () => {
      await Promise.all([agent?.destroy(), direct?.destroy()])
    },
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
