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

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}

/**
 * Writes both files into a directory and returns the mounts that show them, read-only. resolv.conf is the host's as it is: whoever has the host's network
 * reaches a server on a loopback address too, and without a network none is reached.
 */
export function networkMounts(spec: ProcessSpec, directory: string): readonly Mount[] {
  const files = { hosts: hostsFile(spec), 'resolv.conf': readText('/etc/resolv.conf') }
  return Object.entries(files).map(([name, text]) => {
    const source = join(directory, name)
    writeFileSync(source, text, { mode: 0o644 })
    return { type: 'bind', source, target: `/etc/${name}`, readonly: true, directory: false }
  })
}
