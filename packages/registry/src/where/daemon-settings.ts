import { join } from 'node:path'
import { homeDirectory } from '@tsbuild/content'
import type { Environment } from '../keychain/docker-config.ts'
import { readSettings, SettingsTable, unusable } from './settings-table.ts'

/** Settings of registries in Docker's daemon.json. */
export interface DaemonSettings {
  /** The file; undefined where it does not exist. */
  readonly file: string | undefined
  /** Mirrors of Docker Hub, in the order to ask them. */
  readonly mirrors: readonly URL[]
  /** Hosts with a port, or ranges of addresses, that may use plain HTTP or any certificate. */
  readonly insecure: readonly string[]
}

const empty: DaemonSettings = { file: undefined, mirrors: [], insecure: [] }

/**
 * Reads `registry-mirrors` and `insecure-registries` of the first `daemon.json` that exists: the
 * one of rootless Docker, then that of the machine. Rejects with
 * `REGISTRY_CONFIG_INVALID` for one that cannot be used.
 */
export async function readDaemonSettings(env: Environment): Promise<DaemonSettings> {
  const config = env['XDG_CONFIG_HOME'] || join(homeDirectory(env), '.config')
  for (const file of [join(config, 'docker/daemon.json'), '/etc/docker/daemon.json']) {
    const text = await readSettings(file)
    if (text !== undefined) return text.trim() === '' ? { ...empty, file } : parse(text, file)
  }
  return empty
}

function parse(text: string, file: string): DaemonSettings {
  const document = parseJson(text, file)
  const mirrors = document.texts('registry-mirrors') ?? []
  return {
    file,
    mirrors: mirrors.map((mirror, index) => parseMirror(mirror, `${file}: registry-mirrors[${index}]`)),
    insecure: document.texts('insecure-registries') ?? [],
  }
}

function parseJson(text: string, file: string): SettingsTable {
  try {
    const document: unknown = JSON.parse(text)
    if (typeof document === 'object' && document !== null) return new SettingsTable(document, file)
  } catch (error) {
    throw unusable(file, error instanceof Error ? error.message : String(error), error)
  }
  throw unusable(file, 'expected a JSON object')
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
