import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { homeDirectory } from '@tsbuild/content'
import { canonicalRegistry } from '../hosts.ts'
import type { Environment } from '../keychain/docker-config.ts'
import { readToml, type SettingsTable, unusable } from './settings-table.ts'

/** A place of images as `registries.conf` writes it: a host, with or without a path. */
export interface Location {
  readonly host: string
  /** Without slashes at the ends; '' for the whole host. */
  readonly path: string
  readonly insecure: boolean
}

export interface MirrorEntry extends Location {
  readonly pull: 'all' | 'digest-only' | 'tag-only'
}

/** One `[[registry]]` of `registries.conf`. */
export interface RegistryEntry {
  readonly file: string
  /** `registry.example/team`, or `*.example` for every host below one. */
  readonly prefix: string
  readonly blocked: boolean
  /** Undefined: what the prefix matched. */
  readonly location: Location | undefined
  readonly insecure: boolean
  readonly mirrors: readonly MirrorEntry[]
}

/** Content of `registries.conf` and its folder. */
export interface RegistriesConf {
  readonly entries: readonly RegistryEntry[]
  /** Aliases of short names, by name, with the file of each. They are reported, not used. */
  readonly aliases: ReadonlyMap<string, { readonly name: string; readonly file: string }>
}

/** Files of a `registries.conf.d` that are read. */
const maxFiles = 200

/**
 * Reads `registries.conf`, version 2, and the files that add to it
 * (containers-registries.conf(5)): CONTAINERS_REGISTRIES_CONF, else that of the user, else that of
 * the machine; a file of the user hides all of the machine's. A prefix in a later file replaces the
 * same one of an earlier file. Rejects with `REGISTRY_CONFIG_INVALID` for a file that cannot be
 * used.
 */
export async function readRegistriesConf(env: Environment): Promise<RegistriesConf> {
  const entries = new Map<string, RegistryEntry>()
  const aliases = new Map<string, { name: string; file: string }>()
  for await (const document of documents(env)) {
    const file = document.place
    if (document.has('registries'))
      document.fail('registries', 'version 1 of the format is not supported; use [[registry]]')
    for (const table of document.tables('registry')) {
      const entry = parseEntry(table, file)
      entries.set(entry.prefix, entry)
    }
    for (const [short, name] of Object.entries(Object(document.raw('aliases') ?? {})))
      if (typeof name === 'string') aliases.set(short, { name, file })
  }
  return { entries: [...entries.values()], aliases }
}

/**
 * The alias that the containers tools would use for a short name, such as `debian:12`; undefined
 * for a whole name, and without an alias.
 */
export async function findAlias(
  text: string,
  env: Environment,
): Promise<{ readonly name: string; readonly file: string } | undefined> {
  const short = text.replace(/@.*$/, '').replace(/:[^:/]*$/, '')
  const [first = '', ...rest] = short.split('/')
  if (rest.length > 0 && (/[.:]/.test(first) || first === 'localhost')) return undefined
  return (await readRegistriesConf(env)).aliases.get(short)
}

async function* documents(env: Environment): AsyncGenerator<SettingsTable> {
  const own = join(env['XDG_CONFIG_HOME'] || join(homeDirectory(env), '.config'), 'containers')
  const named = env['CONTAINERS_REGISTRIES_CONF']
  const user = named ? undefined : await readToml(join(own, 'registries.conf'))
  const main = user ?? (await readToml(named || '/etc/containers/registries.conf'))
  if (named && main === undefined) throw unusable(named, 'CONTAINERS_REGISTRIES_CONF names it, and it cannot be read')
  if (main !== undefined) yield main
  const folders = user === undefined ? ['/etc/containers', own] : [own]
  for (const folder of folders) {
    for (const file of await listConf(join(folder, 'registries.conf.d'))) {
      const document = await readToml(file)
      if (document !== undefined) yield document
    }
  }
}

async function listConf(folder: string): Promise<readonly string[]> {
  try {
    const names = (await readdir(folder)).filter((name) => name.endsWith('.conf')).toSorted()
    return names.slice(0, maxFiles).map((name) => join(folder, name))
  } catch {
    return []
  }
}

function parseEntry(table: SettingsTable, file: string): RegistryEntry {
  const insecure = table.flag('insecure')
  const location = table.text('location') ?? ''
  const own = table.text('prefix') ?? ''
  const prefix = own || location
  if (prefix === '') table.fail('', 'location and prefix are both empty')
  const wildcard = prefix.startsWith('*.')
  if (location === '' && !wildcard) table.fail('', 'location is empty, and the prefix is not *.HOST')
  const whole = parseLocation(table, own === '' ? 'location' : 'prefix', wildcard ? prefix.slice(2) : prefix)
  if (wildcard && whole.path !== '') table.fail('prefix', 'expected *.HOST without a path')
  return {
    file,
    prefix: wildcard ? `*.${whole.host}` : joinPath(whole.host, whole.path),
    blocked: table.flag('blocked'),
    location: location === '' ? undefined : { ...parseLocation(table, 'location', location), insecure },
    insecure,
    mirrors: table.tables('mirror').map((mirror) => parseMirror(mirror, table)),
  }
}

function parseMirror(mirror: SettingsTable, registry: SettingsTable): MirrorEntry {
  const location = parseLocation(mirror, 'location', mirror.text('location') ?? '')
  const pull = mirror.text('pull-from-mirror')
  const byDigest = registry.flag('mirror-by-digest-only')
  if (pull !== undefined && byDigest)
    mirror.fail('pull-from-mirror', 'cannot be used with mirror-by-digest-only = true')
  if (pull !== undefined && pull !== 'all' && pull !== 'digest-only' && pull !== 'tag-only')
    mirror.fail('pull-from-mirror', 'expected all, digest-only or tag-only')
  return { ...location, insecure: mirror.flag('insecure'), pull: pull ?? (byDigest ? 'digest-only' : 'all') }
}

/** Host in one spelling, and path. Tags and digests are not part of a place. */
function parseLocation(table: SettingsTable, key: string, text: string): { host: string; path: string } {
  const [, host, path = ''] =
    /^((?:\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::\d{1,5})?)((?:\/[a-z0-9._-]+)*)\/?$/i.exec(text) ?? []
  if (host === undefined || !URL.canParse(`https://${host}/`))
    table.fail(key, 'expected HOST or HOST/PATH without a scheme and without a tag')
  return { host: canonicalRegistry(host ?? ''), path: path.slice(1) }
}

/** The entry whose prefix is the longest of those that match; undefined without any. */
export function findEntry(
  entries: readonly RegistryEntry[],
  registry: string,
  repository: string,
): RegistryEntry | undefined {
  const weighed = entries.map((entry) => ({ entry, length: matchedLength(entry, registry, repository) }))
  const matching = weighed.filter(({ length }) => length > 0)
  const found = matching.sort((a, b) => b.length - a.length)[0]?.entry
  return found && isOtherPort(found, registry) ? { ...found, location: undefined, mirrors: [] } : found
}

/**
 * True for a prefix without a port and a registry on a port of that host. As for the containers
 * tools, the name continues the prefix, so that `blocked` and `insecure` hold. Another location or
 * a mirror would get the port in the middle of its path, so those do not count.
 */
function isOtherPort({ prefix, location }: RegistryEntry, registry: string): boolean {
  const isSame = location === undefined || joinPath(location.host, location.path) === prefix
  return isSame && registry.startsWith(`${prefix}:`) && !prefix.includes('/')
}

/** Characters of `registry/repository` that a prefix covers; 0 if it does not match. */
function matchedLength(entry: RegistryEntry, registry: string, repository: string): number {
  const { prefix } = entry
  // An exact host is longer than any pattern for it.
  if (prefix.startsWith('*.'))
    return registry.replace(portPattern, '').endsWith(prefix.slice(1)) ? prefix.length - 1 : 0
  const name = joinPath(registry, repository)
  return name === prefix || name.startsWith(`${prefix}/`) || isOtherPort(entry, registry) ? prefix.length : 0
}

/**
 * The place of a repository at a location, which replaces the part that the prefix covers. A port
 * behind `*.HOST` stays behind the host. Throws `REGISTRY_CONFIG_INVALID` for a location with a
 * port or a path of its own then, as the containers tools do.
 */
export function relocate(
  { file, prefix }: Pick<RegistryEntry, 'file' | 'prefix'>,
  { host, path }: Pick<Location, 'host' | 'path'>,
  { registry, repository }: { readonly registry: string; readonly repository: string },
): { readonly host: string; readonly repository: string } {
  const isPattern = prefix.startsWith('*.')
  const port = isPattern ? (portPattern.exec(registry)?.[0] ?? '') : ''
  if (port !== '' && (path !== '' || portPattern.test(host)))
    throw unusable(file, `"${prefix}": the port of ${registry} cannot follow the location "${joinPath(host, path)}"`)
  const covered = isPattern ? '' : prefix.split('/').slice(1).join('/')
  return { host: host + port, repository: joinPath(path, repository.slice(covered.length).replace(/^\//, '')) }
}

const portPattern = /:\d+$/

function joinPath(...parts: readonly string[]): string {
  return parts.filter((part) => part !== '').join('/')
}
