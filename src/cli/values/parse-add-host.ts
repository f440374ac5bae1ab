import { isIP } from 'node:net'
import { UsageError } from '../invocation/usage-error.ts'

/**
 * Values of `--add-host`: `host=ip` or `host:ip`, IPv6 with or without brackets, or
 * `host-gateway`. Several addresses of one host are all kept.
 */
export function parseAddHosts(texts: readonly string[]): Readonly<Record<string, readonly string[]>> {
  const hosts = new Map<string, readonly string[]>()
  for (const text of texts) {
    const [, host, written = ''] = /^([^=:]+)[=:](.+)$/.exec(text) ?? []
    const address = written.replace(/^\[(.*)\]$/, '$1')
    if (host === undefined || (address !== 'host-gateway' && isIP(address) === 0)) throw wrong(text)
    hosts.set(host, [...(hosts.get(host) ?? []), address])
  }
  return Object.fromEntries(hosts)
}

function wrong(text: string): UsageError {
  return new UsageError(`invalid --add-host "${text}": expected host=ip or host:ip, or host=host-gateway`)
}
