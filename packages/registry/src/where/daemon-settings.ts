import { createReadStream } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { readAll } from '@tsbuild/content'
import { RegistryError } from '../errors.ts'
import type { Environment } from '../keychain/docker-config.ts'

/** Settings of registries in Docker's daemon.json. */
export interface DaemonSettings {
  /** Mirrors of Docker Hub, in the order to ask them. */
  readonly mirrors: readonly URL[]
  /** Hosts with a port, or ranges of addresses, that may use plain HTTP or any certificate. */
  readonly insecure: readonly string[]
}

/** Largest file, in bytes. */
const maxSize = 1024 * 1024
const empty: DaemonSettings = { mirrors: [], insecure: [] }

/**
 * Reads `registry-mirrors` and `insecure-registries` of the first `daemon.json` that exists: the
 * one of rootless Docker, then that of the machine. Rejects with
 * `REGISTRY_CONFIG_INVALID` for one that cannot be used.
 */
export async function readDaemonSettings(env: Environment): Promise<DaemonSettings> {
  const config = env['XDG_CONFIG_HOME'] || join(env['HOME'] || homedir(), '.config')
  for (const file of [join(config, 'docker/daemon.json'), '/etc/docker/daemon.json']) {
    const text = await readOptional(file)
    if (text !== undefined) return text.trim() === '' ? empty : parse(text, file)
  }
  return empty
}

async function readOptional(file: string): Promise<string | undefined> {
  try {
    return Buffer.from(await readAll(createReadStream(file), maxSize)).toString('utf8')
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'EACCES') return undefined
    throw unusable(file, error instanceof Error ? error.message : String(error), error)
  }
}

function parse(text: string, file: string): DaemonSettings {
  const document = parseJson(text, file)
  const mirrors = texts(document, 'registry-mirrors', file)
  return {
    mirrors: mirrors.map((mirror, index) => parseMirror(mirror, `${file}: registry-mirrors[${index}]`)),
    insecure: texts(document, 'insecure-registries', file),
  }
}

function parseJson(text: string, file: string): Readonly<Record<string, unknown>> {
  try {
    const document: unknown = JSON.parse(text)
    if (typeof document === 'object' && document !== null) return { ...document }
  } catch (error) {
    throw unusable(file, error instanceof Error ? error.message : String(error), error)
  }
  throw unusable(file, 'expected a JSON object')
}

function texts(document: Readonly<Record<string, unknown>>, key: string, file: string): readonly string[] {
  const value = document[key] ?? []
  if (Array.isArray(value) && value.every((one) => typeof one === 'string')) return value
  throw unusable(`${file}: ${key}`, 'expected a list of texts')
}

/** Docker refuses user, query and fragment as well. */
function parseMirror(text: string, place: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url === undefined || !/^https?:$/.test(url.protocol))
    throw unusable(place, 'expected https://HOST or http://HOST')
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '')
    throw unusable(place, 'a user, a query or a fragment is not allowed')
  return url
}

function unusable(place: string, reason: string, cause?: unknown): RegistryError {
  return new RegistryError('REGISTRY_CONFIG_INVALID', `cannot use the settings of Docker in ${place}: ${reason}`, {
    cause,
  })
}
