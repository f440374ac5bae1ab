import { type JsonObject, readObject } from './docker-config.ts'
import { UsageError } from '../invocation/usage-error.ts'

type Pairs = readonly (readonly [name: string, value: string])[]

/** Sources of build arguments that the call does not give. */
export interface Ambience {
  readonly env: Readonly<Record<string, string | undefined>>
  /** docker's config.json; its `proxies.default` goes before the environment. */
  readonly dockerConfig: JsonObject
}

/** Proxy variables, and what docker's config.json calls them. */
const proxies: readonly (readonly [variable: string, key: string])[] = [
  ['HTTP_PROXY', 'httpProxy'],
  ['HTTPS_PROXY', 'httpsProxy'],
  ['FTP_PROXY', 'ftpProxy'],
  ['NO_PROXY', 'noProxy'],
  ['ALL_PROXY', 'allProxy'],
]

/**
 * Build arguments of `--build-arg` values: `NAME=value` splits at the first `=`; a bare `NAME`
 * takes its value from the environment and is dropped where that has none. SOURCE_DATE_EPOCH and
 * the proxy variables are added unless given, in any case.
 */
export function parseBuildArgs(values: readonly string[], ambience: Ambience): Readonly<Record<string, string>> {
  const given = values.flatMap((text): Pairs => {
    const equals = text.indexOf('=')
    if (equals === 0 || text === '') throw new UsageError(`invalid --build-arg "${text}": expected NAME=value or NAME`)
    if (equals > 0) return [[text.slice(0, equals), text.slice(equals + 1)]]
    const value = ambience.env[text]
    return value === undefined ? [] : [[text, value]]
  })
  const named = new Set(values.map((text) => text.split('=', 1)[0]?.toUpperCase()))
  return Object.fromEntries([...ambientArgs(ambience).filter(([name]) => !named.has(name.toUpperCase())), ...given])
}

function ambientArgs({ env, dockerConfig }: Ambience): Pairs {
  const settings = readObject(readObject(dockerConfig['proxies'])['default'])
  const fromEnv = ['SOURCE_DATE_EPOCH', ...proxies.flatMap(([name]) => [name, name.toLowerCase()])].map(
    (name) => [name, env[name]] as const,
  )
  const fromConfig = proxies.flatMap(([name, key]) => [
    [name, settings[key]] as const,
    [name.toLowerCase(), settings[key]] as const,
  ])
  return [...fromEnv, ...fromConfig].flatMap(
    ([name, value]): Pairs => (typeof value === 'string' && value !== '' ? [[name, value]] : []),
  )
}
