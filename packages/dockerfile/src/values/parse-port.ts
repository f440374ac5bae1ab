import { isIP } from 'node:net'
import type { ErrorDetails } from '@tsbuild/errors'
import { DockerfileError } from '../text/errors.ts'
import { quoteGo } from '../text/quote-go.ts'
import { didYouMean } from '../text/suggest.ts'

const protocols = ['tcp', 'udp', 'sctp']

/** An EXPOSE argument, read. */
export interface PortSpec {
  /** Container ports such as `80/tcp`, a range port by port. */
  readonly ports: readonly string[]
  /** The protocol is not in lower case. */
  readonly upperCase: boolean
  /** An IP address or host port is named; it means nothing here. */
  readonly mapped: boolean
}

/**
 * Reads `[ip:][hostport:]port[-port][/protocol]` (expanded). Throws PORT_INVALID with BuildKit's
 * texts.
 */
export function parsePort(spec: string): PortSpec {
  const parts = spec.split(':')
  const containerAndProtocol = parts.at(-1) ?? ''
  const host = parts.at(-2) ?? ''
  const address = parts.slice(0, -2).join(':')
  const slash = containerAndProtocol.indexOf('/')
  const container = slash === -1 ? containerAndProtocol : containerAndProtocol.slice(0, slash)
  const protocol = (slash === -1 ? '' : containerAndProtocol.slice(slash + 1)) || 'tcp'
  if (container === '') throw problem(`invalid port: ${quoteGo(spec)}: no port specified`)
  if (!protocols.includes(protocol.toLowerCase())) {
    throw problem(`invalid port: ${quoteGo(spec)}: invalid proto: ${protocol}`, {
      word: protocol,
      ...didYouMean(protocol, protocols),
    })
  }
  if (address !== '' && isIP(address.replace(/^\[(.*)\]$/, '$1')) === 0) throw problem(`invalid IP address: ${address}`)
  const range = readRange(container)
  if (range === undefined)
    throw problem(`invalid containerPort: ${container}`, { word: container, hint: portHint(container) })
  if (host !== '') checkHostRange({ host, container, count: range.last - range.first })
  const ports = Array.from(
    { length: range.last - range.first + 1 },
    (_, index) => `${range.first + index}/${protocol.toLowerCase()}`,
  )
  return { ports, upperCase: protocol !== protocol.toLowerCase(), mapped: address !== '' || host !== '' }
}

/** A host range must be as long as the container's, unless that is a single port. */
function checkHostRange(ranges: { host: string; container: string; count: number }): void {
  const range = readRange(ranges.host)
  if (range === undefined) throw problem(`invalid hostPort: ${ranges.host}`)
  if (ranges.count === 0 || range.last - range.first === ranges.count) return
  throw problem(`invalid ranges specified for container and host Ports: ${ranges.container} and ${ranges.host}`)
}

function readRange(text: string): { first: number; last: number } | undefined {
  const dash = text.indexOf('-')
  const first = readNumber(dash === -1 ? text : text.slice(0, dash))
  const last = dash === -1 ? first : readNumber(text.slice(dash + 1))
  return first === undefined || last === undefined || last < first ? undefined : { first, last }
}

function readNumber(text: string): number | undefined {
  const number = /^[+-]?\d+$/.test(text) ? Number(text) : Number.NaN
  return number >= 0 && number <= 65_535 ? number : undefined
}

function portHint(container: string): string {
  return container.startsWith('#') ? 'a comment needs a line of its own' : 'write it like 80, 80/udp or 8000-8010'
}

function problem(message: string, details: ErrorDetails = {}): DockerfileError {
  return new DockerfileError('PORT_INVALID', message, details)
}
