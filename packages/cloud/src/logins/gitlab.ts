import type { LoginFlow } from './login-flow.ts'

/** The registry of a GitLab server, inside a job: its variables have the login of the job. */
export const gitlab: LoginFlow = {
  name: 'GitLab CI',
  owns: (host, env) => env['GITLAB_CI'] === 'true' && host === env['CI_REGISTRY']?.toLowerCase(),
  login: async (_, { env }) => {
    const { CI_REGISTRY_USER: username, CI_REGISTRY_PASSWORD: password } = env
    if (!username || !password) return undefined
    return { credential: { kind: 'basic', username, password }, entry: 'CI_REGISTRY_PASSWORD' }
  },
}
