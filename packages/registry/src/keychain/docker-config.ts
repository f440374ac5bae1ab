import { createReadStream } from 'node:fs'
import { join } from 'node:path'
import { homeDirectory, readAll } from '@tsbuild/content'
import { RegistryError } from '../errors.ts'
import { canonicalRegistry } from '../hosts.ts'

/** The environment credentials are looked up in, as `process.env`. */
export type Environment = Readonly<Record<string, string | undefined>>

/**
 * A `config.json` of Docker or an `auth.json` of Podman as it was read; keys we do not know are
 * kept.
 */
export type DockerConfig = Readonly<Record<string, unknown>>

/** Parent of the credential files of users without a session. */
const runtimeDirectory = '/run/containers'
/** Largest credential file, in bytes. */
const maxSize = 1024 * 1024

/** A place with credentials, and its name in messages. */
export interface CredentialSource {
  readonly name: string
  /** Rejects with `CREDENTIALS_UNREADABLE` when the content is broken. */
  read(): Promise<DockerConfig>
}

/**
 * Places of credentials of `env` in the order they are asked: REGISTRY_AUTH_FILE, the JSON of
 * DOCKER_AUTH_CONFIG, Docker's `config.json`, then `auth.json` of the containers tools
 * (containers-auth.json(5)).
 */
export function credentialSources(env: Environment): readonly CredentialSource[] {
  const { REGISTRY_AUTH_FILE: named, DOCKER_AUTH_CONFIG: text } = env
  const file = (name: string): CredentialSource => ({ name, read: () => readDockerConfig(name) })
  return [
    ...(named ? [file(named)] : []),
    ...(text ? [{ name: variableName, read: async () => parseConfig(text, `the variable ${variableName}`) }] : []),
    file(dockerConfigFile(env)),
    ...containersFiles(env).map(file),
  ]
}

const variableName = 'DOCKER_AUTH_CONFIG'

function containersFiles(env: Environment): readonly string[] {
  const { XDG_RUNTIME_DIR: session, XDG_CONFIG_HOME: config } = env
  return [
    session ? join(session, 'containers/auth.json') : join(runtimeDirectory, String(process.getuid?.()), 'auth.json'),
    join(config || join(homeDirectory(env), '.config'), 'containers/auth.json'),
  ]
}

/** The file `login` and `logout` change. */
export function loginFile(env: Environment): string {
  return env['REGISTRY_AUTH_FILE'] || dockerConfigFile(env)
}

function dockerConfigFile(env: Environment): string {
  return join(env['DOCKER_CONFIG'] || join(homeDirectory(env), '.docker'), 'config.json')
}

/**
 * Reads a credential file; a missing one is empty, a broken one or one of more than 1 MiB rejects
 * with `CREDENTIALS_UNREADABLE`.
 */
export async function readDockerConfig(file: string): Promise<DockerConfig> {
  let text = ''
  try {
    text = Buffer.from(await readAll(createReadStream(file), maxSize)).toString('utf8')
  } catch (error) {
    if (isAbsent(file, error)) return {}
    throw unreadable(`"${file}"`, error instanceof Error ? error.message : String(error), error)
  }
  return text.trim() === '' ? {} : parseConfig(text, `"${file}"`)
}

/** Other users cannot look into the directory that root keeps its credentials in. */
function isAbsent(file: string, error: unknown): boolean {
  if (!(error instanceof Error && 'code' in error)) return false
  return (
    error.code === 'ENOENT' ||
    error.code === 'ENOTDIR' ||
    (error.code === 'EACCES' && file.startsWith(`${runtimeDirectory}/`))
  )
}

function parseConfig(text: string, place: string): DockerConfig {
  let config: unknown
  try {
    config = JSON.parse(text)
  } catch {
    // The message of JSON.parse quotes the text it stumbled over, which is secret here.
    throw unreadable(place, 'not valid JSON')
  }
  if (isRecord(config)) return config
  throw unreadable(place, 'expected a JSON object')
}

function unreadable(place: string, reason: string, cause?: unknown): RegistryError {
  return new RegistryError('CREDENTIALS_UNREADABLE', `cannot read credentials from ${place}: ${reason}`, { cause })
}

/**
 * Scope of a key of `auths` or `credHelpers`: a registry or a path below one, in one spelling.
 * `https://index.docker.io/v1/` is `docker.io`; `Quay.io/team` is `quay.io/team`.
 */
export function normalizeKey(key: string): string {
  const bare = key.replace(/^https?:\/\//i, '').replace(/\/+$/, '')
  const [host = '', ...path] = bare.split('/')
  const scope = path.length === 1 && /^v[12]$/.test(path[0] ?? '') ? [] : path
  return [canonicalRegistry(host), ...scope].join('/')
}

/** The key Docker itself uses for a registry. */
export function serverAddress(registry: string): string {
  const name = canonicalRegistry(registry)
  return name === 'docker.io' ? 'https://index.docker.io/v1/' : name
}

/** The helper that keeps credentials of `registry`: its own, else the one for all. */
export function helperFor(config: DockerConfig, registry: string): string | undefined {
  const wanted = normalizeKey(registry)
  for (const [key, helper] of readEntries(config, 'credHelpers')) {
    if (normalizeKey(key) === wanted && typeof helper === 'string') return helper || undefined
  }
  const { credsStore } = config
  return typeof credsStore === 'string' ? credsStore || undefined : undefined
}

/** Entries of an object-valued key; none when it is missing or something else. */
export function readEntries(config: DockerConfig, key: string): readonly (readonly [string, unknown])[] {
  const value = config[key]
  return isRecord(value) ? Object.entries(value) : []
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
