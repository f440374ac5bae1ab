import { isIP } from 'node:net'
import { UsageError } from '../invocation/usage-error.ts'

/**
 * An `--add-host` value, `host=ip` or `host:ip`, IPv6 with or without brackets, as `host:ip`.
 * `host-gateway` is the loopback address: the network of RUN is the host's own.
 */
export function parseAddHost(text: string): string {
  const [, host, address] = /^([^=:]+)[=:](.+)$/.exec(text) ?? []
  if (host === undefined || address === undefined) throw wrong(text)
  if (address === 'host-gateway') return `${host}:127.0.0.1`
  const ip = address.replace(/^\[(.*)\]$/, '$1')
  if (isIP(ip) === 0) throw wrong(text)
  return `${host}:${ip}`
}

function wrong(text: string): UsageError {
  return new UsageError(`invalid --add-host "${text}": expected host=ip or host:ip, or host=host-gateway`)
}
