import {
  canonicalRegistry,
  dockerKeychain,
  type Environment,
  type FoundCredential,
  type Keychain,
  listScopes,
} from '@tsbuild/registry'
import { callerError } from './caller-error.ts'

/** Login at a registry: a name and a password or access token, or an OAuth2 refresh token. */
export type Credential = { readonly username: string; readonly password: string } | { readonly identityToken: string }

/**
 * Finds the credential for a repository, such as `registry.example:5000` and `team/app`; undefined
 * leaves the search to credential files, helpers and the identity of the machine. Called again when
 * a registry refuses the credential.
 */
export type CredentialProvider = (
  registry: string,
  repository: string,
) => Credential | undefined | Promise<Credential | undefined>

/**
 * Credentials by registry or by `registry/path`, of which the longest counts; or their provider.
 */
export type Credentials = Readonly<Record<string, Credential>> | CredentialProvider

/**
 * The credentials of a caller, then those of Docker's and Podman's files and helpers, then logins
 * with the identity of the machine at its cloud.
 */
export function callerKeychain(
  credentials: Credentials | undefined,
  { env, signal }: { readonly env: Environment; readonly signal?: AbortSignal },
): Keychain {
  const kept = dockerKeychain({ env })
  let ambient: ReturnType<typeof ambientLogins> | undefined
  const files: Keychain = {
    credentialFor: async (registry, repository) => {
      const found = await kept.credentialFor(registry, repository)
      return found ?? (await (await (ambient ??= ambientLogins(env, signal)))(registry))?.credential
    },
  }
  if (credentials === undefined) return files
  const own = typeof credentials === 'function' ? credentials : createProvider(credentials)
  return {
    credentialFor: async (registry, repository) => {
      const found = await ask(own, registry, repository)
      if (found === undefined) return files.credentialFor(registry, repository)
      return 'identityToken' in found
        ? { kind: 'identity', token: found.identityToken }
        : { kind: 'basic', username: found.username, password: found.password }
    },
  }
}

/** Logins with the identity of this machine. */
export async function ambientLogins(
  env: Environment,
  signal?: AbortSignal,
): Promise<(registry: string) => Promise<FoundCredential | undefined>> {
  // Loaded late: most credentials are in files.
  const { cloudLogins } = await import('@tsbuild/cloud')
  return cloudLogins({ env, ...(signal && { signal }) })
}

async function ask(
  provider: CredentialProvider,
  registry: string,
  repository: string,
): Promise<Credential | undefined> {
  try {
    const found: unknown = await provider(registry, repository)
    if (found === undefined || found === null || isCredential(found)) return found ?? undefined
    throw new TypeError(`no credential for ${registry}: expected username and password, or identityToken`)
  } catch (error) {
    throw callerError(error, 'credentials')
  }
}

/** True for a value of the type `Credential`. */
export function isCredential(value: unknown): value is Credential {
  const { username, password, identityToken }: Readonly<Record<string, unknown>> = { ...Object(value) }
  if (identityToken !== undefined) return typeof identityToken === 'string' && username === undefined
  return typeof username === 'string' && typeof password === 'string'
}

function createProvider(credentials: Readonly<Record<string, Credential>>): CredentialProvider {
  const byScope = new Map(
    Object.entries(credentials).map(([key, credential]) => {
      const [host = '', ...path] = key.split('/')
      return [[canonicalRegistry(host), ...path].join('/'), credential]
    }),
  )
  return (registry, repository) => {
    const scope = listScopes(registry, repository).find((name) => byScope.has(name))
    return scope === undefined ? undefined : byScope.get(scope)
  }
}
