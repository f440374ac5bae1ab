import { isInRange, isLinkLocal, isLoopback } from './hosts.ts'
import type { Environment } from './keychain/docker-config.ts'

/** Proxies as undici takes them; an empty text means no proxy. */
export interface ProxySettings {
  readonly httpProxy: string
  readonly httpsProxy: string
  readonly noProxy: string
}

/** Proxies of an environment; lower-case names count first, as for curl. */
export function proxySettings(env: Environment): ProxySettings {
  const value = (name: string): string => env[name.toLowerCase()] ?? env[name] ?? ''
  return { httpProxy: value('HTTP_PROXY'), httpsProxy: value('HTTPS_PROXY'), noProxy: value('NO_PROXY') }
}

/** Proxy of a request, and why it is this one. */
export interface ProxyChoice {
  /** With its login if it has one; undefined for a direct connection. */
  readonly proxy: string | undefined
  /** `HTTPS_PROXY is not set`, `NO_PROXY lists ".example"`. */
  readonly reason: string
}

/** Chooses the proxy for an URL. Loopback and link-local addresses are reached without one. */
export function chooseProxy(url: URL, settings: ProxySettings): ProxyChoice {
  const { httpProxy, httpsProxy, noProxy } = settings
  const isPlain = url.protocol === 'http:'
  // https goes through HTTP_PROXY where HTTPS_PROXY is not set.
  const proxy = isPlain ? httpProxy : httpsProxy || httpProxy
  if (proxy === '') return { proxy: undefined, reason: `${isPlain ? 'HTTP_PROXY' : 'HTTPS_PROXY'} is not set` }
  if (isLoopback(url.host)) return { proxy: undefined, reason: 'the address is on this machine' }
  if (isLinkLocal(url.host)) return { proxy: undefined, reason: 'the address is link-local' }
  const entry = noProxy.split(/[\s,]+/).find((one) => isExempt(url, one))
  if (entry !== undefined) return { proxy: undefined, reason: `NO_PROXY lists "${entry}"` }
  return { proxy, reason: `${!isPlain && httpsProxy !== '' ? 'HTTPS_PROXY' : 'HTTP_PROXY'} is set` }
}

/** True for one entry of NO_PROXY: `*`, a name with all below it, an address, a range. */
function isExempt(url: URL, entry: string): boolean {
  if (entry === '') return false
  if (isInRange(url.host, entry)) return true
  // A bare IPv6 address has colons of its own, and no port.
  const [, bracketed, plain, port] = /^(?:\[(.+)\]|([^:]+))(?::(\d+))?$/.exec(entry) ?? []
  const text = (bracketed ?? plain ?? entry).toLowerCase().replace(/(?<=.)\.$/, '')
  if (port !== undefined && Number(port) !== Number(url.port || (url.protocol === 'http:' ? 80 : 443))) return false
  if (text === '*') return true
  const host = url.hostname.replace(/^\[|\]$/g, '').replace(/(?<=.)\.$/, '')
  const name = text.replace(/^\*?\./, '')
  // *.example.com is for the names below example.com alone.
  return (host === name && !text.startsWith('*')) || host.endsWith(`.${name}`)
}
