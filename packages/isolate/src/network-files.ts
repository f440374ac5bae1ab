import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { IsolationError } from './errors.ts'
import type { Mount, ProcessSpec } from './process.ts'

/** Text of /etc/hosts for a process: itself on the loopback addresses, then the lines asked for. Throws `BAD_HOST`. */
export function hostsFile({ hostname, extraHosts }: Pick<ProcessSpec, 'hostname' | 'extraHosts'>): string {
  const extra = extraHosts.map((line) => {
    const [, name, address] = /^([^:=\s]+)[:=]\[?([0-9A-Fa-f.:]+|host-gateway)\]?$/.exec(line) ?? []
    if (!name || !address) throw new IsolationError('BAD_HOST', `Invalid host "${line}"`, { hint: 'write name:address' })
    // Processes share the host's network, so the way to the host is the loopback address.
    return `${address === 'host-gateway' ? '127.0.0.1' : address}\t${name}\n`
  })
  return `127.0.0.1\tlocalhost ${hostname}\n::1\tlocalhost ip6-localhost ip6-loopback\n${extra.join('')}`
}

/**
 * Text of /etc/resolv.conf for a process: the host's, or systemd-resolved's own list of servers where the host's only
 * names its stub at 127.0.0.53.
 */
export function resolvFile(read: (path: string) => string = readText): string {
  const text = read('/etc/resolv.conf')
  const servers = [...text.matchAll(/^\s*nameserver\s+(\S+)/gm)].map(([, server]) => server)
  const onlyStub = servers.length > 0 && servers.every((server) => server === '127.0.0.53')
  return (onlyStub && read('/run/systemd/resolve/resolv.conf')) || text
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}

/** Writes both files into a directory and returns the mounts that show them, read-only. */
export function networkMounts(spec: ProcessSpec, directory: string): readonly Mount[] {
  const files = { hosts: hostsFile(spec), 'resolv.conf': resolvFile() }
  return Object.entries(files).map(([name, text]) => {
    const source = join(directory, name)
    writeFileSync(source, text, { mode: 0o644 })
    return { type: 'bind', source, target: `/etc/${name}`, readonly: true, directory: false }
  })
}
