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
import type { Credential, Keychain } from './keychain.ts'

/**
 * The credentials of `docker login` and `podman login` in the order of `credentialSources`. In each
 * place a helper is asked before `auths`. Of several keys the longest path wins
 * (`registry/team/app`, `registry/team`, `registry`); a host matches itself only. Places are read
 * once.
 */
export function dockerKeychain(options: { readonly env?: Environment } = {}): Keychain {
  const env = options.env ?? process.env
  let files: readonly Promise<DockerConfig>[] | undefined
  return {
    credentialFor: async (registry, repository) => {
      files ??= credentialSources(env).map((source) => source.read())
      // A broken file further down must not end as an unhandled rejection while an earlier one
      // answers.
      await Promise.allSettled(files)
      for (const file of files) {
        const config = await file
        const credential = (await fromHelper(config, registry, env)) ?? fromAuths(config, registry, repository)
        if (credential !== undefined) return credential
      }
      return undefined
    },
  }
}

async function fromHelper(config: DockerConfig, registry: string, env: Environment): Promise<Credential | undefined> {
  const helper = helperFor(config, registry)
  return helper === undefined ? undefined : getFromHelper({ helper, input: serverAddress(registry), env })
}

function fromAuths(config: DockerConfig, registry: string, repository: string): Credential | undefined {
  const auths = readEntries(config, 'auths')
  for (const scope of listScopes(registry, repository)) {
    for (const [key, entry] of auths) {
      const credential = normalizeKey(key) === scope ? parseEntry(entry) : undefined
      if (credential !== undefined) return credential
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
