import { isInRange } from './hosts.ts'
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

/**
 * True when NO_PROXY has a range of addresses (10.0.0.0/8, fd00::/8) with this host. undici reads
 * its other forms. Names are not resolved.
 */
export function isInNoProxyRange({ host }: URL, { noProxy }: Pick<ProxySettings, 'noProxy'>): boolean {
  return noProxy.split(/[\s,]+/).some((entry) => isInRange(host, entry))
}
