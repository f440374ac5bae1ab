import type { Range } from '@tsbuild/dockerfile'
import { LowerError } from './lower-error.ts'

const protocols: ReadonlySet<string> = new Set(['tcp', 'udp', 'sctp'])

/** The container ports of `[ip:][hostport:]port[-port][/proto]`, each as `80/tcp`. */
export function parsePorts(text: string, range: Range): readonly string[] {
  const slash = text.indexOf('/')
  const address = slash < 0 ? text : text.slice(0, slash)
  const protocol = slash < 0 ? 'tcp' : text.slice(slash + 1).toLowerCase()
  const container = address.slice(address.lastIndexOf(':') + 1)
  const [first, last = first] = container.split('-', 2).map(portNumber)
  if (container === '') throw new LowerError('PORT_INVALID', `no port specified: ${text}<empty>`, { range })
  if (first === undefined || last === undefined || last < first || container.split('-').length > 2) {
    throw new LowerError('PORT_INVALID', `invalid containerPort: ${container}`, { range })
  }
  if (!protocols.has(protocol)) throw new LowerError('PORT_INVALID', `invalid port: "${text}": invalid proto: ${text.slice(slash + 1)}`, { range })
  return Array.from({ length: last - first + 1 }, (_, index) => `${first + index}/${protocol}`)
}

function portNumber(text: string): number | undefined {
  return /^\d{1,5}$/.test(text) && Number(text) <= 65535 ? Number(text) : undefined
}
