type Environment = Readonly<Record<string, string | undefined>>

const proxies = ['HTTP_PROXY', 'HTTPS_PROXY', 'FTP_PROXY', 'NO_PROXY', 'ALL_PROXY']

/**
 * Build arguments of `--build-arg` values: `NAME=value` splits at the first `=`; a bare `NAME` takes its value from the environment
 * and is dropped where that has none. SOURCE_DATE_EPOCH and the proxy variables of the environment come along unless given.
 */
export function parseBuildArgs(values: readonly string[], env: Environment): Readonly<Record<string, string>> {
  const given = values.flatMap((text): [string, string][] => {
    const equals = text.indexOf('=')
    if (equals >= 0) return [[text.slice(0, equals), text.slice(equals + 1)]]
    const value = env[text]
    return value === undefined ? [] : [[text, value]]
  })
  // A name without a value still says that the environment's is not to be taken under another spelling.
  const named = new Set(values.map((text) => text.split('=', 1)[0]?.toUpperCase()))
  return Object.fromEntries([...ambientArgs(env).filter(([name]) => !named.has(name.toUpperCase())), ...given])
}

function ambientArgs(env: Environment): readonly [name: string, value: string][] {
  const names = ['SOURCE_DATE_EPOCH', ...proxies.flatMap((name) => [name, name.toLowerCase()])]
  return names.flatMap((name): [string, string][] => {
    const value = env[name]
    return value === undefined || value === '' ? [] : [[name, value]]
  })
}
