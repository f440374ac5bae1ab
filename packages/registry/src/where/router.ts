import { answersTls } from '../answers-tls.ts'
import { canonicalRegistry, isInsecure, registryOrigin } from '../hosts.ts'
import type { HostSettings } from '../http.ts'
import type { Environment } from '../keychain/docker-config.ts'
import { type DaemonSettings, readDaemonSettings } from './daemon-settings.ts'
import { readCertificates } from './host-certificates.ts'
import { type HostsToml, readHostsToml, type TomlHost } from './hosts-toml.ts'
import { findEntry, type Location, readRegistriesConf, type RegistryEntry, relocate } from './registries-conf.ts'
import type { MirrorHost, RegistryHost, Route } from './registry-host.ts'

export interface RouterOptions {
  readonly env: Environment
  /** Hosts of the caller that may use plain HTTP or any certificate. */
  readonly insecure: readonly string[]
  /** Asks hosts that may use plain HTTP whether they use TLS. */
  readonly probe: boolean
}

/** Finds the hosts of repositories. */
export interface Router {
  /**
   * The hosts for a repository; '' is the registry itself. The first of these places that describes
   * the image decides alone: `registries.conf`, `hosts.toml`, `daemon.json`. Rejects with
   * `REGISTRY_CONFIG_INVALID` for a broken file.
   */
  find(registry: string, repository: string): Promise<Route>
}

/** Makes a router. Files are read once, before the first request. */
export function createRouter({ env, insecure, probe }: RouterOptions): Router {
  const routes = new Map<string, Promise<Route>>()
  const makeHost = hostMaker(insecure, originFinder(probe))
  const conf = once(() => readRegistriesConf(env))
  const daemon = once(() => readDaemonSettings(env))
  const search = async (registry: string, repository: string): Promise<Route> => {
    const entry = findEntry((await conf()).entries, registry, repository)
    if (entry !== undefined) return routeOfEntry(entry, { registry, repository, makeHost })
    const toml = await readHostsToml(registry, registryOrigin(registry), env)
    if (toml !== undefined) return routeOfToml(toml, { registry, repository, makeHost, env, insecure })
    return routeOfDaemon(await daemon(), { registry, repository, makeHost })
  }
  return {
    find: (registry, repository) => {
      const name = canonicalRegistry(registry)
      const key = `${name}/${repository}`
      const route = routes.get(key) ?? search(name, repository)
      routes.set(key, route)
      return route
    },
  }
}

interface Search {
  readonly registry: string
  readonly repository: string
  readonly makeHost: (host: string, repository: string, insecure: boolean) => RegistryHost
}

function routeOfEntry(entry: RegistryEntry, { registry, repository, makeHost }: Search): Route {
  const at = (location: Location): RegistryHost => {
    const place = relocate(entry, location, { registry, repository })
    return makeHost(place.host, place.repository, location.insecure)
  }
  return {
    decidedBy: entry.file,
    setting: `[[registry]] ${JSON.stringify(entry.prefix)}`,
    blocked: entry.blocked,
    mirrors: entry.mirrors.map((mirror) => ({
      ...at(mirror),
      tags: mirror.pull !== 'digest-only',
      digests: mirror.pull === 'tag-only' ? 'after-tag' : true,
    })),
    origin: entry.location === undefined ? makeHost(registry, repository, entry.insecure) : at(entry.location),
  }
}

function routeOfToml(
  { file, hosts, hasServer, server }: HostsToml,
  {
    registry,
    repository,
    makeHost,
    env,
    insecure,
  }: Search & { readonly env: Environment; readonly insecure: readonly string[] },
): Route {
  const at = (one: TomlHost): RegistryHost => {
    const { host } = one.url
    const hasFiles = one.ca.length > 0 || one.client !== undefined
    const settings: HostSettings = {
      name: `${file} ${one.url.href}`,
      host,
      unverified: one.skipVerify || isInsecure(host, insecure),
      headers: one.headers,
      ...(hasFiles && { certificates: once(() => readCertificates(one, env)) }),
    }
    return { host, origin: async () => one.url, apiRoot: one.apiRoot, repository, settings }
  }
  const origin = hasServer ? at(server) : { ...at(server), origin: makeHost(registry, repository, false).origin }
  return {
    decidedBy: file,
    setting: [...(hasServer ? ['server'] : []), ...hosts.map(({ url }) => `[host."${url.origin}"]`)].join(', '),
    blocked: false,
    mirrors: hosts
      .filter(({ pull, resolve }) => pull || resolve)
      .map((one): MirrorHost => {
        const host = at(one)
        const isForeign = canonicalRegistry(host.host) !== registry
        return { ...host, tags: one.resolve, digests: one.pull, ...(isForeign && { namespace: registry }) }
      }),
    origin,
  }
}

/** `registry-mirrors` are for Docker Hub alone. */
function routeOfDaemon(daemon: DaemonSettings, { registry, repository, makeHost }: Search): Route {
  const mirrors = registry === 'docker.io' ? daemon.mirrors : []
  const at = (url: URL): MirrorHost => ({
    ...makeHost(url.host, repository, isInsecure(url.host, daemon.insecure)),
    origin: async () => new URL('/', url),
    apiRoot: `${url.pathname.replace(/\/+$/, '')}/v2`,
    tags: true,
    digests: true,
  })
  const isListed = isInsecure(registry, daemon.insecure)
  const keys = [...(mirrors.length > 0 ? ['registry-mirrors'] : []), ...(isListed ? ['insecure-registries'] : [])]
  return {
    decidedBy: keys.length > 0 ? daemon.file : undefined,
    setting: keys.length > 0 ? keys.join(', ') : undefined,
    blocked: false,
    mirrors: mirrors.map(at),
    origin: makeHost(registry, repository, isListed),
  }
}

/** Makes hosts that no file has an URL for. */
function hostMaker(
  insecure: readonly string[],
  findOrigin: (presumed: URL) => Promise<URL>,
): (host: string, repository: string, insecure: boolean) => RegistryHost {
  return (host, repository, mayBeInsecure) => {
    const unverified = mayBeInsecure || isInsecure(host, insecure)
    const presumed = registryOrigin(host, unverified ? [host] : [])
    return {
      host,
      origin: () => findOrigin(presumed),
      apiRoot: '/v2',
      repository,
      ...(unverified && { settings: { name: 'insecure', host: presumed.host, unverified } }),
    }
  }
}

/** Hosts allowed plain HTTP are asked once whether they speak TLS after all. */
function originFinder(probe: boolean): (presumed: URL) => Promise<URL> {
  const origins = new Map<string, Promise<URL>>()
  const find = async (presumed: URL): Promise<URL> =>
    (await answersTls(presumed)) ? new URL(`https://${presumed.host}/`) : presumed
  return async (presumed) => {
    if (!probe || presumed.protocol === 'https:') return presumed
    const found = origins.get(presumed.host) ?? find(presumed)
    origins.set(presumed.host, found)
    return found
  }
}

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined
  return () => (made ??= make())
}
