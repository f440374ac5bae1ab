import { dirname, isAbsolute, join } from 'node:path'
import { homeDirectory } from '@tsbuild/content'
import type { Environment } from '../keychain/docker-config.ts'
import { readToml, type SettingsTable } from './settings-table.ts'

/** A server of `hosts.toml`. */
export interface TomlHost {
  readonly url: URL
  /** Path of the API: that of the URL with `/v2` behind it, or without (`override_path`). */
  readonly apiRoot: string
  /** Has content (`pull`), and resolves tags (`resolve`). */
  readonly pull: boolean
  readonly resolve: boolean
  readonly skipVerify: boolean
  /** Absolute paths of files with authorities. */
  readonly ca: readonly string[]
  /** Absolute paths; certificate and key may be the same file. */
  readonly client: { readonly cert: string; readonly key: string } | undefined
  readonly headers: Readonly<Record<string, string>>
}

/** A `hosts.toml` of containerd for one registry. */
export interface HostsToml {
  readonly file: string
  /** Mirrors in the order of the file. */
  readonly hosts: readonly TomlHost[]
  /** The file has an URL for the registry itself. */
  readonly hasServer: boolean
  /** The registry itself. */
  readonly server: TomlHost
}

/**
 * Reads the first `hosts.toml` for a registry (containerd, docs/hosts.md): that of the user, then
 * that of the machine; `HOST_PORT_` before `HOST:PORT`, `_default` last. `upstream` is the server
 * where the file has none. Rejects with `REGISTRY_CONFIG_INVALID` for a file that cannot be used.
 */
export async function readHostsToml(registry: string, upstream: URL, env: Environment): Promise<HostsToml | undefined> {
  for (const file of candidates(registry, env)) {
    const document = await readToml(file)
    if (document !== undefined) return parse(document, upstream)
  }
  return undefined
}

function candidates(registry: string, env: Environment): readonly string[] {
  // A host that begins with a dot would lead to another directory.
  if (registry.startsWith('.')) return []
  const config = env['XDG_CONFIG_HOME'] || join(homeDirectory(env), '.config')
  const parents = [
    join(config, 'containerd/certs.d'),
    join(config, 'docker/certs.d'),
    '/etc/containerd/certs.d',
    '/etc/docker/certs.d',
  ]
  const port = /^(.+):(\d+)$/.exec(registry)
  const names = [...(port === null ? [] : [`${port[1]}_${port[2]}_`]), registry]
  const files = [...parents.flatMap((parent) => names.map((name) => join(parent, name))), ...parents.map(defaultFolder)]
  return files.map((folder) => join(folder, 'hosts.toml'))
}

function defaultFolder(parent: string): string {
  return join(parent, '_default')
}

function parse(document: SettingsTable, upstream: URL): HostsToml {
  const file = document.place
  const server = document.text('server')
  return {
    file,
    hosts: document.named('host').map(([name, table]) => parseHost(table, parseUrl(table, name), file)),
    hasServer: server !== undefined,
    server: parseHost(document, server === undefined ? upstream : parseUrl(document, server, 'server'), file),
  }
}

function parseUrl(table: SettingsTable, text: string, key = ''): URL {
  // The scheme may be left out, as in containerd.
  const full = text.includes('://') ? text : `https://${text}`
  const url = URL.canParse(full) ? new URL(full) : undefined
  if (url === undefined || !/^https?:$/.test(url.protocol))
    return table.fail(key, 'expected https://HOST or http://HOST')
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '')
    return table.fail(key, 'a user, a query or a fragment is not allowed')
  return url
}

function parseHost(table: SettingsTable, url: URL, file: string): TomlHost {
  const path = url.pathname.replace(/\/+$/, '')
  const capabilities = table.texts('capabilities') ?? ['pull', 'resolve', 'push']
  const unknown = capabilities.find((name) => !['pull', 'resolve', 'push'].includes(name))
  if (unknown !== undefined) table.fail('capabilities', `expected pull, resolve or push, not "${unknown.slice(0, 50)}"`)
  const resolve = (name: string): string => (isAbsolute(name) ? name : join(dirname(file), name))
  return {
    url: new URL('/', url),
    // containerd appends nothing where the path ends so already.
    apiRoot: table.flag('override_path') || path.endsWith('/v2') ? path : `${path}/v2`,
    pull: capabilities.includes('pull'),
    resolve: capabilities.includes('resolve'),
    skipVerify: table.flag('skip_verify'),
    ca: table.someTexts('ca').map(resolve),
    client: parseClient(table, resolve),
    headers: Object.fromEntries(parseHeaders(table)),
  }
}

/** The first of `client`: a file with certificate and key, or a pair of files. */
function parseClient(table: SettingsTable, resolve: (name: string) => string): TomlHost['client'] {
  const value = table.raw('client')
  if (value === undefined) return undefined
  const [first]: readonly unknown[] = Array.isArray(value) ? value : [value]
  const [cert, key = cert]: readonly unknown[] = Array.isArray(first) ? first : [first]
  if (typeof cert !== 'string' || typeof key !== 'string')
    return table.fail('client', 'expected FILE, or [[CERTIFICATE, KEY]]')
  return { cert: resolve(cert), key: key === '' ? resolve(cert) : resolve(key) }
}

function parseHeaders(table: SettingsTable): readonly (readonly [string, string])[] {
  const value: unknown = table.raw('header') ?? {}
  return Object.entries(Object(value)).map(([name, one]) => {
    const text: unknown = Array.isArray(one) ? one.join(', ') : one
    // Values may be secret and are not repeated.
    if (typeof text !== 'string' || !/^[!#$%&'*+.^_`|~\w-]+$/.test(name) || !/^[\t\x20-\x7e]*$/.test(text))
      return table.fail('header', `expected a name and a text, or a list of texts, for "${name.slice(0, 50)}"`)
    return [name.toLowerCase(), text]
  })
}
