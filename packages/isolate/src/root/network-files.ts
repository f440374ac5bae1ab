import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { IsolationError } from '../model/errors.ts'
import { resolverAddress } from './private-network.ts'
import type { Mount, ProcessSpec } from '../model/process.ts'

/**
 * Text of /etc/hosts for a process: itself on the loopback addresses, then the requested lines.
 * Throws `BAD_HOST`.
 */
export function hostsFile({
  hostname,
  extraHosts,
  network,
}: Pick<ProcessSpec, 'hostname' | 'extraHosts' | 'network'>): string {
  const extra = extraHosts.map((line) => {
    const [, name, address] = /^([^:=\s]+)[:=]\[?([0-9A-Fa-f.:]+|host-gateway)\]?$/.exec(line) ?? []
    if (!name || !address)
      throw new IsolationError('BAD_HOST', `invalid host "${line}"`, { hint: 'write name:address' })
    return `${address === 'host-gateway' ? gatewayAddress(network) : address}\t${name}\n`
  })
  return `127.0.0.1\tlocalhost ${hostname}\n::1\tlocalhost ip6-localhost ip6-loopback\n${extra.join('')}`
}

/** The way to the machine, for a process that shares its network: the loopback address. */
function gatewayAddress(network: ProcessSpec['network']): string {
  if (network !== 'private') return '127.0.0.1'
  throw new IsolationError('BAD_HOST', 'a private network has no address for the host, which host-gateway needs', {
    hint: 'use --network=default for this build',
  })
}

/**
 * The resolver of the machine as a private network must name it: pasta forwards its own address to
 * the first nameserver of the file.
 */
export function resolverFile(text: string, network: ProcessSpec['network']): string {
  if (network !== 'private' || !hasLoopbackResolver(text)) return text
  const rest = text.split('\n').filter((line) => !/^[ \t]*nameserver[ \t]/.test(line))
  return [`nameserver ${resolverAddress}`, ...rest].join('\n')
}

/**
 * A private network has a loopback interface of its own, on which the servers of the machine do not
 * listen.
 */
function hasLoopbackResolver(text: string): boolean {
  return /^[ \t]*nameserver[ \t]+(?:127\.[\d.]+|::1)[ \t]*$/m.test(text)
}

/** True if pasta must forward to the resolver of the machine. */
export function needsResolver(): boolean {
  return hasLoopbackResolver(readText(resolverPath))
}

const resolverPath = '/etc/resolv.conf'

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}

/**
 * Writes both files into a directory and returns the mounts that show them, read-only. resolv.conf
 * is the host's, but for a private network.
 */
export function networkMounts(spec: ProcessSpec, directory: string): readonly Mount[] {
  const files = { hosts: hostsFile(spec), 'resolv.conf': resolverFile(readText(resolverPath), spec.network) }
  return Object.entries(files).map(([name, text]) => {
    const source = join(directory, name)
    writeFileSync(source, text, { mode: 0o644 })
    return { type: 'bind', source, target: `/etc/${name}`, readonly: true, directory: false }
  })
}
