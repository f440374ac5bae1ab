import { BlockList, isIPv4, isIPv6 } from 'node:net'
import { RegistryError } from './errors.ts'

const hubHost = 'registry-1.docker.io'

/** Names under which Docker Hub is known, in references and in credential files. */
const hubNames: ReadonlySet<string> = new Set(['docker.io', 'index.docker.io', hubHost])

/** One name for all of Docker Hub's; other hosts in lower case. */
export function canonicalRegistry(registry: string): string {
  const name = registry.toLowerCase()
  return hubNames.has(name) ? 'docker.io' : name
}

/**
 * Base URL of a registry: `https://host/`, or `http://host/` for loopback addresses and for the
 * hosts of `insecure`. Throws `RegistryError` `REGISTRY_PROTOCOL` when `registry` is not a host
 * with an optional port.
 */
export function registryOrigin(registry: string, insecure: readonly string[] = []): URL {
  const host = canonicalRegistry(registry)
  const address = host === 'docker.io' ? hubHost : host
  if (!/^(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(:\d{1,5})?$/.test(address) || !URL.canParse(`https://${address}/`)) {
    throw new RegistryError(
      'REGISTRY_PROTOCOL',
      `cannot use registry "${registry.slice(0, 200)}": expected a host name with an optional port`,
    )
  }
  const plain = isLoopback(address) || isInsecure(host, insecure)
  return new URL(`${plain ? 'http' : 'https'}://${address}/`)
}

/**
 * True when `insecure` lists exactly this host and port, or a range (10.0.0.0/8) with its address.
 */
export function isInsecure(registry: string, insecure: readonly string[]): boolean {
  const wanted = canonicalRegistry(registry)
  return insecure.some((entry) => canonicalRegistry(entry) === wanted || isInRange(wanted, entry))
}

/** True when a host, with an optional port, is an address in a range such as 10.0.0.0/8. */
export function isInRange(host: string, range: string): boolean {
  const [, network = '', bits] = /^([0-9a-f.:]+)\/(\d{1,3})$/i.exec(range) ?? []
  const family = familyOf(network)
  const { hostname } = new URL(`http://${host}/`)
  const address = hostname.replace(/^\[|\]$/g, '')
  if (family === undefined || familyOf(address) !== family || Number(bits) > (family === 'ipv4' ? 32 : 128))
    return false
  const list = new BlockList()
  list.addSubnet(network, Number(bits), family)
  return list.check(address, family)
}

function familyOf(address: string): 'ipv4' | 'ipv6' | undefined {
  return isIPv4(address) ? 'ipv4' : isIPv6(address) ? 'ipv6' : undefined
}

/**
 * True for addresses of this machine's own network segment (RFC 3927, RFC 4291) and the metadata
 * services of clouds: a proxy would ask on behalf of another machine.
 */
export function isLinkLocal(host: string): boolean {
  return linkLocal.some((range) => isInRange(host, range)) || new URL(`http://${host}/`).hostname === metadataName
}

const linkLocal: readonly string[] = ['169.254.0.0/16', 'fe80::/10', 'fd00:ec2::/32', 'fd20:ce::254/128']
const metadataName = 'metadata.google.internal'

/** True for `localhost`, 127.0.0.0/8 and ::1, with any port: such requests stay on this machine. */
export function isLoopback(host: string): boolean {
  const { hostname } = new URL(`http://${host}/`)
  return hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d{1,3}){3}$/.test(hostname)
}
