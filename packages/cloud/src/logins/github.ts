import type { LoginFlow } from './login-flow.ts'

/**
 * GitHub's registry, inside a job of GitHub Actions. The token of GitHub Enterprise is for the
 * registry of that server, and must not reach github.com.
 */
export const github: LoginFlow = {
  name: 'GitHub Actions',
  owns: (host, env) => env['GITHUB_ACTIONS'] === 'true' && host === registryOf(env['GITHUB_SERVER_URL']),
  login: async (_, { env }) => {
    const { GITHUB_TOKEN: password, GITHUB_ACTOR: actor } = env
    if (!password) return undefined
    return { credential: { kind: 'basic', username: actor || 'x-access-token', password }, entry: 'GITHUB_TOKEN' }
  },
}

function registryOf(server = 'https://github.com'): string | undefined {
  if (!URL.canParse(server)) return undefined
  const { protocol, host } = new URL(server)
  if (protocol !== 'https:') return undefined
  return host === 'github.com' ? 'ghcr.io' : `containers.${host}`
}
