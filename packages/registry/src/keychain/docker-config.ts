import { readFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { RegistryError } from '../errors.ts'
import { canonicalRegistry } from '../hosts.ts'

/** The environment credentials are looked up in, as `process.env`. */
export type Environment = Readonly<Record<string, string | undefined>>

/**
 * A `config.json` of Docker or an `auth.json` of Podman as it was read; keys we do not know are
 * kept.
 */
export type DockerConfig = Readonly<Record<string, unknown>>

/**
 * Credential files of `env` in the order they are asked. DOCKER_CONFIG stands in for `~/.docker`,
 * as it does for Docker.
 */
export function credentialFiles(env: Environment): readonly string[] {
  const { REGISTRY_AUTH_FILE: named, XDG_RUNTIME_DIR: runtime } = env
  return [
    ...(named ? [named] : []),
    dockerConfigFile(env),
    ...(runtime ? [join(runtime, 'containers', 'auth.json')] : []),
  ]
}

/** The file `login` and `logout` change. */
export function loginFile(env: Environment): string {
  return env['REGISTRY_AUTH_FILE'] || dockerConfigFile(env)
}

function dockerConfigFile(env: Environment): string {
  return join(env['DOCKER_CONFIG'] || join(env['HOME'] || homedir(), '.docker'), 'config.json')
}

/**
 * Reads a credential file; a missing one is empty, a broken one rejects with
 * `CREDENTIALS_UNREADABLE`.
 */
export async function readDockerConfig(file: string): Promise<DockerConfig> {
  try {
    const text = await readFile(file, 'utf8')
    const config: unknown = text.trim() === '' ? {} : JSON.parse(text)
    if (isRecord(config)) return config
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return {}
    // The message of JSON.parse quotes the text it stumbled over, which is secret here.
    const reason =
      error instanceof SyntaxError ? 'not valid JSON' : error instanceof Error ? error.message : String(error)
    throw new RegistryError('CREDENTIALS_UNREADABLE', `cannot read credentials from "${file}": ${reason}`)
  }
  throw new RegistryError('CREDENTIALS_UNREADABLE', `cannot read credentials from "${file}": expected a JSON object`)
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
  for (const [key, helper] of entriesOf(config, 'credHelpers')) {
    if (normalizeKey(key) === wanted && typeof helper === 'string') return helper || undefined
  }
  const { credsStore } = config
  return typeof credsStore === 'string' ? credsStore || undefined : undefined
}

/** Entries of an object-valued key; none when it is missing or something else. */
export function entriesOf(config: DockerConfig, key: string): readonly (readonly [string, unknown])[] {
  const value = config[key]
  return isRecord(value) ? Object.entries(value) : []
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
