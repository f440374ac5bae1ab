import type { BuildRequest, ContextInput } from '../../build-request.ts'
import { parseNamedContext } from '../../context/named-context.ts'
import { maskCredentials } from './mask-credentials.ts'

type Settled = Omit<BuildRequest, 'report' | 'signal'>

/**
 * The options of a build under the names that BuildKit's Dockerfile frontend has for them. Values
 * of secrets are no options.
 */
export function requestArgs(options: Settled): Readonly<Record<string, string>> {
  const { args = {}, labels = {}, contexts, target, noCache, network, addHosts, shmSize, ulimits } = options
  const pairs: readonly (readonly [string, string])[] = [
    ...Object.entries(args).map(([name, value]) => [`build-arg:${name}`, value] as const),
    ...Object.entries(contexts).map(([name, value]) => [`context:${name}`, contextArg(name, value)] as const),
    ...Object.entries(labels).map(([name, value]) => [`label:${name}`, value] as const),
    ...(addHosts.length === 0
      ? []
      : [['add-hosts', addHosts.map((host) => host.replace(':', '=')).join(',')] as const]),
    ...(network === undefined || network === 'default' ? [] : [['force-network-mode', network] as const]),
    ...(noCache === undefined || noCache === false || (Array.isArray(noCache) && noCache.length === 0)
      ? []
      : [['no-cache', noCache === true ? '' : noCache.join(',')] as const]),
    ...(shmSize === undefined ? [] : [['shm-size', String(shmSize)] as const]),
    ...(target === undefined ? [] : [['target', target] as const]),
    ...(ulimits.length === 0 ? [] : [['ulimit', ulimits.join(',')] as const]),
  ]
  return Object.fromEntries(pairs.map(([key, value]) => [key, maskCredentials(value)]))
}

/** Paths on the caller's disk are private. */
function contextArg(name: string, value: ContextInput): string {
  if (typeof value !== 'string') return `local:${name}`
  const context = parseNamedContext(value)
  if (context.kind === 'local') return `local:${name}`
  return context.kind === 'layout'
    ? `oci-layout://${name}${context.reference === '' ? '' : `:${context.reference}`}`
    : value
}
