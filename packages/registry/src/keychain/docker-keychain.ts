import { canonicalRegistry } from '../hosts.ts'
import { getFromHelper } from './credential-helper.ts'
import {
  credentialSources,
  readEntries,
  helperFor,
  normalizeKey,
  serverAddress,
  type DockerConfig,
  type Environment,
} from './docker-config.ts'
import type { Credential, FoundCredential, Keychain } from './keychain.ts'

/**
 * The credentials of `docker login` and `podman login` in the order of `credentialSources`. In each
 * place a helper is asked before `auths`. Of several keys the longest path wins
 * (`registry/team/app`, `registry/team`, `registry`); a host matches itself only. Places are read
 * at each search: a long build may outlive a password that something else renews.
 */
export function dockerKeychain(options: { readonly env?: Environment } = {}): Keychain {
  const find = credentialFinder(options.env ?? process.env)
  return { credentialFor: async (registry, repository) => (await find(registry, repository))?.credential }
}

/** The search of `dockerKeychain`. */
export function credentialFinder(
  env: Environment,
): (registry: string, repository: string) => Promise<FoundCredential | undefined> {
  const sources = credentialSources(env)
  return async (registry, repository) => {
    const files = sources.map((source) => source.read())
    // A broken file further down must not end as an unhandled rejection while an earlier one
    // answers.
    await Promise.allSettled(files)
    for (const [index, file] of files.entries()) {
      const config = await file
      const found = (await fromHelper(config, registry, env)) ?? fromAuths(config, registry, repository)
      if (found !== undefined) return { ...found, place: sources[index]?.name ?? '' }
    }
    return undefined
  }
}

type Found = Omit<FoundCredential, 'place'>

async function fromHelper(config: DockerConfig, registry: string, env: Environment): Promise<Found | undefined> {
  const helper = helperFor(config, registry)
  if (helper === undefined) return undefined
  const credential = await getFromHelper({ helper, input: serverAddress(registry), env })
  return credential && { credential, entry: `docker-credential-${helper}` }
}

function fromAuths(config: DockerConfig, registry: string, repository: string): Found | undefined {
  const auths = readEntries(config, 'auths')
  for (const scope of listScopes(registry, repository)) {
    for (const [key, entry] of auths) {
      const credential = normalizeKey(key) === scope ? parseEntry(entry) : undefined
      if (credential !== undefined) return { credential, entry: `auths[${JSON.stringify(key)}]` }
    }
  }
  return undefined
}

/** Scopes of a repository, the longest first: `registry/a/b`, `registry/a`, `registry`. */
export function listScopes(registry: string, repository: string): readonly string[] {
  const parts = [canonicalRegistry(registry), ...repository.split('/')]
  return parts.map((_, index) => parts.slice(0, parts.length - index).join('/'))
}

/** Entry of `auths`; undefined for the empty ones that Docker leaves behind for helpers. */
function parseEntry(entry: unknown): Credential | undefined {
  const { identitytoken, auth, username, password }: Readonly<Record<string, unknown>> = { ...Object(entry) }
  if (typeof identitytoken === 'string' && identitytoken !== '') return { kind: 'identity', token: identitytoken }
  if (typeof auth === 'string' && auth !== '') {
    // Docker pads some with NUL characters.
    const [, name, secret] = /^([^:]*):(.*?)\0*$/s.exec(Buffer.from(auth, 'base64').toString()) ?? []
    return name === undefined || secret === undefined ? undefined : { kind: 'basic', username: name, password: secret }
  }
  if (typeof username !== 'string' || typeof password !== 'string' || username === '') return undefined
  return { kind: 'basic', username, password }
}
